"""How good the parts of a prediction are, by what a profiler counted on a GPU."""
