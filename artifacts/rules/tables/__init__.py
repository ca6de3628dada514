"""The tables of the catalogue, one a kind of file, in the order in which docs/rules.md lists them."""
