"""Git for an opened folder: hardened against the repository it works in (SECURITY 4-6), and silent before Trust."""
