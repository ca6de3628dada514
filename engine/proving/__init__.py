"""Proof by building, in parts: what to prove, what an image needs, the steps on one image, and the evidence that comes of it."""
