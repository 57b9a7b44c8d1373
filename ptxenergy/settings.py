"""What a project says of its kernels: `[tool.ptxenergy]` of pyproject.toml, or ptxenergy.toml.

The only reader of either. A kernel belongs to the first `[[tool.ptxenergy.kernel]]` whose `match`
fits it; that entry says its launch and its budget. `[tool.ptxenergy.budget]` is every kernel's,
where its own entry says nothing else. docs/settings.md has the keys.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from ptxenergy.errors import InputError, LaunchError
from ptxenergy.launch.parse import parse_argument, parse_dim3
from ptxenergy.launch.request import ArgumentSetting, Dim3, LaunchRequest
from ptxenergy.ptx.names import demangle, short_name

OWN_FILE, PROJECT_FILE = "ptxenergy.toml", "pyproject.toml"
_KERNEL_KEYS = ("match", "block", "grid", "args", "shared", "budget")
_HEADER = re.compile(r"^\s*\[\[\s*(?:tool\s*\.\s*ptxenergy\s*\.\s*)?kernel\s*\]\]", re.MULTILINE)
_PERCENT = re.compile(r"\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*%\s*")


class Budget(Struct, frozen=True):
    """What one launch may need at the most; None is no limit.

    `energy_j`, `time_s`, `power_w`: of the predicted values. `registers_per_thread`: as predicted
    from the PTX. The growths are fractions over a recorded baseline: 0.05 lets 5 % pass.
    """

    energy_j: float | None = None
    time_s: float | None = None
    power_w: float | None = None
    registers_per_thread: float | None = None
    energy_growth: float | None = None
    time_growth: float | None = None
    power_growth: float | None = None

    def or_else(self, other: Budget) -> Budget:
        """These limits, and `other`'s where there is none."""
        lacking = {name: getattr(other, name) for name in LIMITS if getattr(self, name) is None}
        return replace(self, **lacking)


LIMITS = Budget.__struct_fields__
"""The keys of a budget."""


class KernelEntry(Struct, frozen=True):
    """One `[[tool.ptxenergy.kernel]]`.

    `match` is a pattern (`*`, `?`, `[…]`) over a kernel's mangled, demangled or short name; what
    is not given is left open. `place` says where it stands: `pyproject.toml:12`.
    """

    match: str
    block: Dim3 | None = None
    grid: Dim3 | None = None
    arguments: tuple[ArgumentSetting, ...] = ()
    shared_bytes: int = 0
    budget: Budget = field(default_factory=Budget)
    place: str = ""

    def fits(self, kernel: str) -> bool:
        """Whether this entry is for that kernel."""
        names = (kernel, demangle(kernel), short_name(kernel))
        return any(fnmatchcase(name, self.match) for name in names)

    @property
    def request(self) -> LaunchRequest:
        """The launch, as far as it is said."""
        return LaunchRequest(
            self.block, self.grid, arguments=self.arguments, shared_bytes=self.shared_bytes
        )


class Settings(Struct, frozen=True):
    """What a project says. `file` is None where no project was found."""

    file: Path | None = None
    kernels: tuple[KernelEntry, ...] = ()
    budget: Budget = field(default_factory=Budget)

    def entry_for(self, kernel: str) -> KernelEntry | None:
        """The first entry that fits a kernel, given by its mangled name."""
        return next((entry for entry in self.kernels if entry.fits(kernel)), None)

    def budget_for(self, kernel: str) -> Budget:
        """The limits of a kernel: its entry's, then the project's."""
        entry = self.entry_for(kernel)
        return self.budget if entry is None else entry.budget.or_else(self.budget)


def find_settings(start: Path) -> Settings:
    """What the nearest file upwards from a directory says; nothing where there is none.

    A `pyproject.toml` without `[tool.ptxenergy]` is passed by. Raises InputError, with the place,
    where a file cannot be read or says what has no meaning.
    """
    for directory in (start, *start.parents):
        for path in (directory / OWN_FILE, directory / PROJECT_FILE):
            if path.is_file() and (path.name == OWN_FILE or _says_something(path)):
                return read_settings(path)
    return Settings()


def read_settings(path: Path) -> Settings:
    """What a file says; raises InputError, with the place.

    In a file of any name but `pyproject.toml` the tables may stand without their `tool.ptxenergy`.
    """
    text, document = _document(path)
    table = document.get("tool", {}).get("ptxenergy")
    if table is None:
        table = {} if path.name == PROJECT_FILE else document
    place = f"{path.name}: [tool.ptxenergy]"
    _check_keys(place, table, ("kernel", "budget"))
    listed = table.get("kernel", [])
    if not isinstance(listed, list):
        raise InputError(f"{place}: write each kernel as [[tool.ptxenergy.kernel]]")
    headers = [text.count("\n", 0, m.end()) + 1 for m in _HEADER.finditer(text)]
    lines = headers if len(headers) == len(listed) else [None] * len(listed)
    entries = [
        _entry(_place(path, number, line), item)
        for number, (item, line) in enumerate(zip(listed, lines, strict=True), start=1)
    ]
    budget = _budget(f"{path.name}: [tool.ptxenergy.budget]", table.get("budget", {}))
    return Settings(path, tuple(entries), budget)


def parse_growth(value: object) -> float:
    """`"5%"`, `"0.05"` or 0.05 as a fraction; raises ValueError.

    A bare number of 1 or more is refused, since `5` may be meant as 5 % and is 500 %.
    """
    percent = None
    if isinstance(value, str):
        percent = _PERCENT.fullmatch(value)
        try:
            value = float(percent["number"]) / 100 if percent else float(value)
        except ValueError:
            raise ValueError(f"{value!r} is no number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a growth is a fraction such as 0.05, or a text such as '5%'")
    if not math.isfinite(value) or value < 0:
        raise ValueError("a growth is 0 or more, and finite")
    if value >= 1 and percent is None:
        raise ValueError(f"that is a growth of {100 * value:g}%: write it with its %")
    return float(value)


def _says_something(path: Path) -> bool:
    return "ptxenergy" in _document(path)[1].get("tool", {})


def _document(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _place(path: Path, number: int, line: int | None) -> str:
    return f"{path.name}:{line}" if line else f"{path.name}: kernel {number}"


def _entry(place: str, item: Any) -> KernelEntry:
    place = f"{place}: [[tool.ptxenergy.kernel]]"
    if not isinstance(item, Mapping) or not isinstance(item.get("match"), str):
        raise InputError(f"{place} needs a `match` in quotes")
    _check_keys(place, item, _KERNEL_KEYS)
    arguments = item.get("args", {})
    if not isinstance(arguments, Mapping):
        raise InputError(f"{place}: write `args` as a table: args = {{ n = 4096 }}")
    shared = item.get("shared", 0)
    if isinstance(shared, bool) or not isinstance(shared, int) or shared < 0:
        raise InputError(f"{place}: `shared` is a number of bytes, got {shared!r}")
    try:
        return KernelEntry(
            match=item["match"],
            block=_extent(item.get("block")),
            grid=_extent(item.get("grid")),
            arguments=tuple(_argument(*one) for one in arguments.items()),
            shared_bytes=shared,
            budget=_budget(f"{place} budget", item.get("budget", {})),
            place=place.removesuffix(": [[tool.ptxenergy.kernel]]"),
        )
    except LaunchError as error:
        raise InputError(f"{place}: {error}") from error


def _argument(target: str, value: object) -> ArgumentSetting:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LaunchError(f"args: {target} is a number or a text, got {value!r}")
    return parse_argument(f"{target}={value}")


def _extent(value: Any) -> Dim3 | None:
    if value is None:
        return None
    return parse_dim3("x".join(map(str, value)) if isinstance(value, list) else str(value))


def _budget(place: str, table: Any) -> Budget:
    if not isinstance(table, Mapping):
        raise InputError(f"{place} is a table: budget = {{ energy_j = 0.01 }}")
    _check_keys(place, table, LIMITS)
    return Budget(**{name: _limit(place, name, value) for name, value in table.items()})


def _limit(place: str, name: str, value: Any) -> float:
    try:
        if name.endswith("_growth"):
            return parse_growth(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("write a number, in the unit that the key ends with")
        if not math.isfinite(value) or value <= 0:
            raise ValueError("a limit is above 0, and finite")
    except ValueError as error:
        raise InputError(f"{place}: {name} = {value!r}: {error}") from None
    return float(value)


def _check_keys(place: str, table: Any, known: tuple[str, ...]) -> None:
    if not isinstance(table, Mapping):
        raise InputError(f"{place} is no table")
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InputError(f"{place}: unknown key {unknown[0]!r}; there are {', '.join(known)}")
