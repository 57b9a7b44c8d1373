"""The examples that each command's help ends with."""

from __future__ import annotations


def examples(lines: tuple[str, ...]) -> str:
    """Lines as typed, for the end of a command's help."""
    return "**Examples**\n\n" + "\n\n".join(f"`{line}`" for line in lines)
