"""Measured rows → model and its honest evaluation. Offline: the only room that imports
scikit-learn and pandas."""
