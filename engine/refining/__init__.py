"""The parts of a refinement: its records, what is left to repair, and who repairs it."""
