"""For programs and notebooks: a PTX file, read once, and asked again and again (docs/api.md)."""

from ptxenergy.api.program import Program, load, load_text
from ptxenergy.api.results import (
    BlockTuning,
    LaunchExplanation,
    LaunchPrediction,
    LaunchPredictions,
)

__all__ = [
    "BlockTuning",
    "LaunchExplanation",
    "LaunchPrediction",
    "LaunchPredictions",
    "Program",
    "load",
    "load_text",
]
