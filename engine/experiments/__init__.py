"""Experiments: question sets asked of several ensembles, and what the recorded answers say about them."""
