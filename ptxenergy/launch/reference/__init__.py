"""The reference evaluation: PTX run per lane, slowly and plainly, to count a launch."""

from ptxenergy.launch.reference.evaluate import EvaluationOptions, evaluate
from ptxenergy.launch.reference.memory import GlobalMemory
from ptxenergy.launch.reference.sample import SampleLimits, evaluate_sampled

__all__ = ["EvaluationOptions", "GlobalMemory", "SampleLimits", "evaluate", "evaluate_sampled"]
