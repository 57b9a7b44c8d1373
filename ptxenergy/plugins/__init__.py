"""Plugins: what others add without a change here (docs/plugins.md).

A plugin says `ptxenergy_spec = SPEC_VERSION` and marks its functions with `hookimpl`; the functions
that there are stand in `specs.py`. pluggy is loaded when a plugin is, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ptxenergy.plugins.hosting import (
    GROUP,
    SPEC_VERSION,
    Host,
    Plugin,
    host,
    tell_observers,
    using,
)

if TYPE_CHECKING:
    from pluggy import HookimplMarker

    hookimpl: HookimplMarker

__all__ = ["GROUP", "SPEC_VERSION", "Host", "Plugin", "hookimpl", "host", "tell_observers", "using"]


def __getattr__(name: str) -> Any:
    """`hookimpl`, the mark of a plugin's functions."""
    if name != "hookimpl":
        raise AttributeError(f"module 'ptxenergy.plugins' has no attribute {name!r}")
    from pluggy import HookimplMarker

    return HookimplMarker("ptxenergy")
