"""Prediction → where its energy goes: by cost, by instruction, by source line, by feature."""

from ptxenergy.explain.explain import explain, explain_text
from ptxenergy.explain.explanation import Explanation, Explanations

__all__ = ["Explanation", "Explanations", "explain", "explain_text"]
