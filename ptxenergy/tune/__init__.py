"""Which block shape costs least: candidates, whether each does the same work, and the choice."""
