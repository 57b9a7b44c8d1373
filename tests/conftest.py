"""For all tests. Hypothesis sets no time limit for an example: machines differ, and are busy."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
