"""Finds the data that ships beside the code: `grammar/` and `models/`.

In an installed wheel they lie inside the package; in an editable install or a bare checkout at
the repository's root.
"""

from __future__ import annotations

from pathlib import Path

from ptxenergy.errors import PtxEnergyError

_PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder, e.g. `shipped("grammar", "ptx.lark")`.

    Raises PtxEnergyError where the installation lacks it.
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise PtxEnergyError(f"{'/'.join(parts)} is missing: reinstall ptxenergy")
