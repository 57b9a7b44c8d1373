"""What opcodes compute, as the affine rules see them; looked up once for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from ptxenergy.launch.closed.affine import RULES
from ptxenergy.launch.closed.forms import Form
from ptxenergy.launch.closed.value import Value
from ptxenergy.launch.reference.arithmetic import (
    destination_types,
    operation,
    reads_carry,
    source_types,
    writes_carry,
)
from ptxenergy.launch.reference.arithmetic.forms import BITS, INTEGERS, is_signed
from ptxenergy.program.opcode import Opcode

_ANY_TYPE: Final = frozenset({"mov", "selp", "cvt"})


class Operation(Struct, frozen=True):
    """An opcode as it is followed here; `types` are those of its sources."""

    form: Form
    rule: Callable[..., Value | None] | None
    types: tuple[str, ...]
    gives_signed: bool


@lru_cache(maxsize=4096)
def operation_of(opcode: Opcode, pair: bool) -> Operation | None:
    """What an opcode does; None where that is not followed."""
    function = operation(opcode, pair) if opcode.known else None
    if function is None or reads_carry(opcode) or writes_carry(opcode):
        return None
    results = destination_types(opcode)
    return Operation(
        form_of(opcode, function if not pair else lambda *rows: function(*rows)[0]),
        RULES.get(opcode.root) if _is_linear(opcode) else None,
        source_types(opcode),
        bool(results and is_signed(results[0])),
    )


def form_of(opcode: Opcode, function: Callable[..., Any]) -> Form:
    """An opcode as the affine rules see it."""
    types = source_types(opcode)
    results = destination_types(opcode)
    first = types[0] if types else "b32"
    return Form(
        opcode.root,
        frozenset(opcode.modifiers),
        BITS.get(first, 32),
        is_signed(first),
        BITS.get(results[0], 32) if results else 32,
        function,
    )


def _is_linear(opcode: Opcode) -> bool:
    """Whether the rules hold for the types of an opcode: single integers, or anything moved."""
    if "sat" in opcode.modifiers:
        return False
    return opcode.root in _ANY_TYPE or (bool(opcode.types) and opcode.types[-1] in INTEGERS)
