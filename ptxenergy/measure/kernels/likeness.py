"""How alike two kernels are, from their PTX as text: shares of opcodes, and text without names.

Kernels of different families that run the same mix of opcodes would leak from training into
testing; kernels that differ in names alone count once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

_STATEMENT = re.compile(r"(?:@!?%\w+\s+)?[a-z][a-z0-9_]*(?:[.:]+\w+)*(?=\s|$)")
_LABEL = re.compile(r"^\s*\$?[\w$]+:")
_NAME = re.compile(r"%?[\w$]*(?:%|\$L)[\w$]*|\b0[xXfFdD][0-9a-fA-F]+\b|\b\d+\b")
_SYMBOL = re.compile(r"\b\w*_param_\d+\b")
NEAR_SHARE = 0.05
"""Kernels of different families are too alike below this distance of their opcode shares."""


def statements(ptx: str) -> Iterator[str]:
    """The statements of a PTX text, without directives, comments, labels and braces."""
    for line in ptx.splitlines():
        code = _LABEL.sub("", line.split("//")[0]).strip()
        if ";" not in code or code.startswith("."):
            continue
        for part in code.split(";"):
            text = part.lstrip(" \t{}").rstrip()
            if _STATEMENT.match(text):
                yield text


def opcode_counts(ptx: str) -> Counter[str]:
    """How often each opcode stands in the text."""
    found = (re.match(r"(?:@!?%\w+\s+)?([\w.:]+)", text) for text in statements(ptx))
    return Counter(match[1] for match in found if match)


def distance(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Half the summed difference of opcode shares: 0 for equal shares, 1 for nothing in common."""
    whole_first, whole_second = sum(first.values()), sum(second.values())
    if not whole_first or not whole_second:
        return 1.0
    opcodes = first.keys() | second.keys()
    shares = (abs(first.get(o, 0) / whole_first - second.get(o, 0) / whole_second) for o in opcodes)
    return sum(shares) / 2


def anonymous(ptx: str) -> str:
    """The statements with registers, labels, parameters and numbers struck out."""
    return "\n".join(_NAME.sub("_", _SYMBOL.sub("_", text)) for text in statements(ptx))


def too_alike(counts: Mapping[str, tuple[str, Counter[str]]]) -> list[tuple[str, str, float]]:
    """Pairs of kernels of different groups whose opcode shares are nearly equal.

    `counts` maps a kernel's name to its group and opcode counts.
    """
    found = []
    for (name, (group, first)), (other, (other_group, second)) in combinations(counts.items(), 2):
        if group != other_group and (apart := distance(first, second)) < NEAR_SHARE:
            found.append((name, other, apart))
    return found


def duplicates(texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Names of kernels whose PTX is the same but for names and numbers, in groups."""
    same: dict[str, list[str]] = {}
    for name, text in texts.items():
        same.setdefault(anonymous(text), []).append(name)
    return [tuple(names) for names in same.values() if len(names) > 1]
