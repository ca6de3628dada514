"""The parts of the Review page, one file each."""
