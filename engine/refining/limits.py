"""How often a repair goes round: read by the pages and the command line without the rest of refinement."""

MAX_ITERATIONS = 3
"""Rounds unless the user says otherwise (SPEC §7)."""

MOST_ITERATIONS = 10
"""Rounds that can be asked for."""
