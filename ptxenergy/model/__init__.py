"""Launch profile + GPU → prediction."""
