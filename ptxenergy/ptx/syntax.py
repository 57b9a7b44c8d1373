"""What a PTX file says, as frozen values. Each statement keeps the place it was read from.

Names and meanings follow the PTX ISA (sections 4 and 5). Nothing here knows what an opcode does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field


class Location(Struct, frozen=True):
    """A place in the PTX text; line and column count from 1."""

    file: str
    line: int
    column: int


class SourceLine(Struct, frozen=True):
    """A place in the source that was compiled (CUDA, Triton, Numba), from a `.loc` directive."""

    file: str
    line: int
    column: int
    inlined_at: SourceLine | None = None


class Register(Struct, frozen=True):
    """A declared register, `type` without its dot (`b32`, `pred`).

    A register of an inner `{ }` scope that hides another of its name gets a name of its own
    (`p@2`), so that a name means one register within a function. `selector` is the part of a
    video-instruction operand after the dot (`b0`, `h1`).
    """

    name: str
    type: str
    selector: str = ""


class SpecialRegister(Struct, frozen=True):
    """A predefined register, with its percent sign and component: `%tid.x`, `%laneid`."""

    name: str


class Immediate(Struct, frozen=True):
    """A constant. `f32` and `f64` are the 0f/0d bit forms; `decimal` is a number with a point."""

    value: int | float
    kind: Literal["int", "f32", "f64", "decimal"] = "int"


class Symbol(Struct, frozen=True):
    """A name that stands for an address, a label or a function, with a byte offset."""

    name: str
    offset: int = 0


class Address(Struct, frozen=True):
    """`[base + offset]` in bytes; texture and tensor forms carry coordinates after the base."""

    base: Register | SpecialRegister | Symbol | Immediate
    offset: int = 0
    coordinates: tuple[Operand, ...] = ()


class Vector(Struct, frozen=True):
    """`{a, b, …}`: the elements of a vector or of a matrix fragment."""

    elements: tuple[Operand, ...]


class Negation(Struct, frozen=True):
    """`!%p` or `-%r`."""

    operand: Operand


class Pair(Struct, frozen=True):
    """`%p|%q`: two destinations."""

    first: Operand
    second: Operand


class Group(Struct, frozen=True):
    """`(a, b)`: the results or the arguments of a call."""

    elements: tuple[Operand, ...]


class Sink(Struct, frozen=True):
    """`_`: a destination that is thrown away."""


Operand: TypeAlias = (
    Register
    | SpecialRegister
    | Immediate
    | Symbol
    | Address
    | Vector
    | Negation
    | Pair
    | Group
    | Sink
)


class Guard(Struct, frozen=True):
    """`@%p` or `@!%p` before an instruction."""

    register: Register
    negated: bool = False


class Instruction(Struct, frozen=True):
    """One instruction. `opcode` is the whole dotted word: `ld.global.nc.v4.f32`."""

    opcode: str
    operands: tuple[Operand, ...]
    guard: Guard | None
    location: Location
    source: SourceLine | None = None


class Variable(Struct, frozen=True):
    """A variable in a state space; `size_bytes` is 0 for `extern … name[]`.

    `space` is `global`, `const`, `shared`, `local`, `param`, `tex`. `initial` holds the listed
    values in element order (numbers, or symbols whose address is meant); the rest is zero.
    """

    name: str
    space: str
    type: str
    align_bytes: int
    size_bytes: int
    initial: tuple[int | float | Symbol, ...] = ()
    is_extern: bool = False


class Parameter(Struct, frozen=True):
    """A formal parameter. `.b8 name[24]` is a struct or array of 24 bytes (`type` is `b8`)."""

    name: str
    type: str
    size_bytes: int
    align_bytes: int
    is_array: bool = False
    is_pointer: bool = False
    pointer_space: str = "generic"
    pointer_align_bytes: int = 1


class CallPrototype(Struct, frozen=True):
    """A `.callprototype`; its parameters may all be called `_`."""

    returns: tuple[Parameter, ...]
    parameters: tuple[Parameter, ...]


class Function(Struct, frozen=True):
    """An `.entry` (kernel) or a `.func`. `labels` maps a label to the index of the instruction
    that follows it (equal to `len(instructions)` at the end of the body).

    `directives` holds the performance directives: `{"maxntid": (256, 1, 1), "maxnreg": (64,)}`.
    `variables` are those declared in the body, made unique like registers.
    `branch_targets` are the tables of `brx.idx` and indirect calls, `call_prototypes` what an
    indirect call of unknown target returns and takes.
    """

    name: str
    is_entry: bool
    parameters: tuple[Parameter, ...]
    returns: tuple[Parameter, ...]
    directives: Mapping[str, tuple[int, ...]]
    instructions: tuple[Instruction, ...]
    labels: Mapping[str, int]
    variables: tuple[Variable, ...]
    branch_targets: Mapping[str, tuple[str, ...]]
    location: Location
    is_declaration: bool = False
    call_prototypes: Mapping[str, CallPrototype] = field(default_factory=dict)


class Module(Struct, frozen=True):
    """A PTX file. `functions` are in file order; bodies are materialised when asked for.

    `kernel_names` are those of the `.entry` functions and `statements` how many statements each
    function has at the most, both known without reading a body.
    """

    file: str
    version: tuple[int, int]
    target: tuple[str, ...]
    address_size: int
    variables: tuple[Variable, ...]
    functions: Mapping[str, Function]
    kernel_names: tuple[str, ...]
    source_files: Mapping[int, str] = field(default_factory=dict)
    statements: Mapping[str, int] = field(default_factory=dict)

    @property
    def kernels(self) -> tuple[Function, ...]:
        """The `.entry` functions, in file order."""
        return tuple(self.functions[name] for name in self.kernel_names)
