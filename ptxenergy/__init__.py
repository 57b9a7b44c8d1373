"""ptxenergy: joules, seconds and watts of a CUDA kernel launch, read from its PTX.

The public names load what they need when they are first used, so that importing the package is
cheap: `load` and `load_text` with the program that they give (`docs/api.md`), `inspect` and
`predict` with their `Options`, `Board`, the request types, and the errors.
"""

from __future__ import annotations

from ptxenergy._version import __version__

# For type checkers alone: to import `typing` takes longer than all that the launcher does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ptxenergy.api import Program, load, load_text
    from ptxenergy.errors import PtxEnergyError
    from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest, Pins
    from ptxenergy.model.board import Board
    from ptxenergy.pipeline import Options, inspect, predict

_HOME = {
    "ArgumentSetting": "ptxenergy.launch.request",
    "Board": "ptxenergy.model.board",
    "Dim3": "ptxenergy.launch.request",
    "LaunchRequest": "ptxenergy.launch.request",
    "Options": "ptxenergy.pipeline",
    "Pins": "ptxenergy.launch.request",
    "Program": "ptxenergy.api",
    "PtxEnergyError": "ptxenergy.errors",
    "inspect": "ptxenergy.pipeline",
    "load": "ptxenergy.api",
    "load_text": "ptxenergy.api",
    "predict": "ptxenergy.pipeline",
}

__all__ = [
    "ArgumentSetting",
    "Board",
    "Dim3",
    "LaunchRequest",
    "Options",
    "Pins",
    "Program",
    "PtxEnergyError",
    "__version__",
    "inspect",
    "load",
    "load_text",
    "predict",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home at first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'ptxenergy' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
