"""Repository -> profile -> artifacts, deterministic and explained line by line."""
