"""The Experiments page: what is asked of whom, how it goes, what came of it."""
