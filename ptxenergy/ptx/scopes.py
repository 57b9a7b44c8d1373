"""What names mean inside a function: nested scopes, and one name for each register.

Inline assembly declares `.reg .pred p;` again and again in braces of its own (PTX ISA, section
5.1). Here each of them gets a name that no other register, variable or label of the function has.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from ptxenergy.ptx.constants import immediate
from ptxenergy.ptx.syntax import Operand, Register, SpecialRegister, Symbol

_SELECTORS = frozenset(
    ["x", "y", "z", "w", "r", "g", "b", "a"]
    + [f"{part}{index}" for part in "bh" for index in range(4)]
)
_DIGITS = "0123456789"
_MOST_DIGITS = 9
# A predefined constant (PTX ISA, section 4.5.4): the number of lanes in a warp.
_CONSTANTS: Mapping[str, str] = {"WARP_SZ": "32"}


class Scope(Struct):
    """The names that one pair of braces declares, and the scope around it."""

    parent: Scope | None
    names: Taken
    meanings: dict[str, Operand] = field(default_factory=dict)
    ranges: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def declare_register(self, name: str, type_name: str, count: int = -1) -> None:
        """`.reg .type name;`, or `.reg .type name<count>;`. Raises ValueError if already there."""
        if count >= 0:
            if name in self.ranges:
                raise ValueError(f"'{name}<…>' is declared twice in one scope")
            self.ranges[name] = (count, type_name, self.names.suffix_of_range(name))
            return
        self._check_new(name)
        self.meanings[name] = Register(self.names.unique(name), type_name)

    def declare_symbol(self, name: str, element_bytes: int = 1) -> str:
        """A label or a variable: gives its name in the function. Raises ValueError as above."""
        self._check_new(name)
        own = self.names.unique(name)
        self.meanings[name] = Symbol(own)
        self.sizes[name] = element_bytes
        return own

    def _check_new(self, name: str) -> None:
        if name in self.meanings:
            raise ValueError(f"'{name}' is declared twice in one scope")

    def resolve(self, name: str) -> Operand:
        """The register or symbol that is called so here. Raises ValueError where none is."""
        found = self._find(name)
        if found is not None:
            return found
        base, dot, selector = name.rpartition(".")
        if dot and selector in _SELECTORS:
            found = self._find(base)
            if isinstance(found, Register):
                return Register(found.name, found.type, selector)
        if name.startswith("%"):
            return SpecialRegister(name)
        if name in _CONSTANTS:
            return immediate(_CONSTANTS[name])
        raise ValueError(f"'{name}' is not declared")

    def callee(self, name: str) -> Operand:
        """What a call names: OptiX calls functions that no file declares."""
        try:
            return self.resolve(name)
        except ValueError:
            return Symbol(name)

    def element_bytes(self, name: str) -> int:
        """The size of one element of the variable that is called so."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.sizes:
                return scope.sizes[name]
            scope = scope.parent
        raise ValueError(f"'{name}' is not a variable")

    def _find(self, name: str) -> Operand | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.meanings.get(name)
            if found is None and scope.ranges:
                found = scope._in_ranges(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def _in_ranges(self, name: str) -> Register | None:
        """`%r12` in `%r<20>`; in `%r1<4>` too, where the range's own name ends in a digit."""
        stem = name.rstrip(_DIGITS)
        for end in range(len(stem), min(len(name), len(stem) + _MOST_DIGITS)):
            if name[:end] in self.ranges:
                register = self._in_range(name, name[:end])
                if register is not None:
                    return register
        return None

    def _in_range(self, name: str, stem: str) -> Register | None:
        count, type_name, suffix = self.ranges[stem]
        digits = name[len(stem) :]
        if not digits or len(digits) > _MOST_DIGITS or int(digits) >= count:
            return None
        if len(digits) > 1 and digits[0] == "0":
            return None
        register = Register(name + suffix, type_name)
        self.meanings[name] = register
        return register


class Taken(Struct):
    """The names that a function has used up, with how often; and those of its ranges."""

    outer: Mapping[str, Operand] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    ranges: dict[str, int] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)

    def unique(self, name: str) -> str:
        """The name itself the first time, then `name@2`, `name@3`, …"""
        stem = name.rstrip(_DIGITS)
        self.stems.add(stem)
        hides = name in self.outer or (stem != name and stem in self.ranges)
        count = self.names.get(name, int(hides)) + 1
        self.names[name] = count
        return name if count == 1 else f"{name}@{count}"

    def suffix_of_range(self, stem: str) -> str:
        """What every register of `stem<n>` ends in: empty for the first range called so."""
        count = self.ranges.get(stem, int(stem in self.stems)) + 1
        self.ranges[stem] = count
        return "" if count == 1 else f"@{count}"
