"""Which metrics a component and its services have, by the libraries that make them."""
