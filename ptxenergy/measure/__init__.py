"""Kernel + launch → measured row. Needs a GPU; a simulated one stands in for it in tests.

Imports nothing from the predictor, and nothing beyond NumPy at import time.
"""
