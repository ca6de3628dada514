"""The parts of the Deliver page."""
