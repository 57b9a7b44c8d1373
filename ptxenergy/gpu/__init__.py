"""What a GPU is, and how many blocks fit on it."""
