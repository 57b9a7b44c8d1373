"""The exact evaluation: blocks and iterations that are proved alike are counted at once."""
