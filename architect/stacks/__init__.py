"""The stacks the architect knows, one file each, in the order in which they are asked."""
