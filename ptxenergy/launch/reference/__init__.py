"""The reference evaluation: PTX run per lane, slowly and plainly, to count a launch.

What it offers is imported where it is first asked for: most predictions need little of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ptxenergy.launch.reference.memory import GlobalMemory
    from ptxenergy.launch.reference.sample import evaluate_sampled
    from ptxenergy.launch.reference.whole import EvaluationOptions, evaluate

__all__ = ["EvaluationOptions", "GlobalMemory", "evaluate", "evaluate_sampled"]

_HOMES: Final = {
    "EvaluationOptions": "whole",
    "evaluate": "whole",
    "GlobalMemory": "memory",
    "evaluate_sampled": "sample",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
