"""The checks of `make doctor`: one file a subject, each a function from settings to results."""
