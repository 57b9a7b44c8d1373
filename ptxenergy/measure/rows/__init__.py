"""What a measured row means, which rows are good, and what they hold together."""
