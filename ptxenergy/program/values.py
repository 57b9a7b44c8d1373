"""The parts of a value graph: nodes, fields of kernel parameters, operations.

Registers, fields of call parameters and slots of local memory are all *nodes*; an operation says
which node it defines from which. Order and guards are left out: a node with several definitions
can hold any of them. A kernel has hundreds of thousands of them: they are plain tuples for speed.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ptxenergy.ptx.syntax import Immediate, Instruction, SpecialRegister, Symbol


class Node(NamedTuple):
    """A register of a function, or `[variable+offset]` in its param or local space.

    `offset` is None for a register.
    """

    function: str
    name: str
    offset: int | None = None


ANYWHERE = Node("", "local memory", 0)
"""All 64-bit words of local memory, for accesses whose place is not known."""


class Field(NamedTuple):
    """Bytes of a kernel parameter that are read; `offset` None: at an unknown place in it."""

    parameter: int
    offset: int | None
    type: str


Input: TypeAlias = Node | Field | SpecialRegister | Immediate | Symbol


class Operation(NamedTuple):
    """`result` = `kind`(`inputs`). `kind` is an opcode's root, `copy`, `field` or `unknown`.

    `type` is the opcode's last type (`s32`), "" where it has none.
    """

    kind: str
    modifiers: tuple[str, ...]
    type: str
    result: Node
    inputs: tuple[Input, ...]
    instruction: Instruction


class AddressUse(NamedTuple):
    """A register that is the base of an access to memory other than `.param`."""

    node: Node
    instruction: Instruction
