"""Results → table, JSON. Nothing else prints."""
