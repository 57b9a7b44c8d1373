"""How many machine instructions one PTX instruction becomes."""

from __future__ import annotations


def expansion_of(root: str, modifiers: tuple[str, ...]) -> float:
    """The typical number of machine instructions of this opcode, 1 where none is tabled."""
    return 1.0
