"""Answers that are programs: a Python function judged by the examples its own task states, and compared by what it does."""
