"""The Collaborate page's parts."""
