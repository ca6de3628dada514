"""Local servers that speak each vendor's protocol, with a fault layer."""
