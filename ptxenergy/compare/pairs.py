"""Which kernel of one file is which of another: by name, as far as names tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from ptxenergy.errors import KernelSelectionError
from ptxenergy.ptx.names import demangle, select, short_name


class Pairs(Struct, frozen=True):
    """Mangled names: those that belong together (old, new), and those that are in one file only."""

    both: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]


def pair(old: Sequence[str], new: Sequence[str], said: Sequence[str] = ()) -> Pairs:
    """Pair the kernels of two files, in the new file's order.

    First as `said` (`OLD=NEW`, each as `names.select` takes it); then by mangled name, by demangled
    name, and by the name without parameters where both files have it once. Raises
    KernelSelectionError for a pair that is not there.
    """
    found: dict[str, str] = {}
    for text in said:
        first, equals, second = text.partition("=")
        if not equals:
            raise KernelSelectionError(f"--pair {text}: write OLD=NEW, the names of two kernels")
        found[select(new, second.strip())] = select(old, first.strip())
    for name_of in (str, demangle, short_name):
        taken = set(found.values())
        left = _unique([name for name in old if name not in taken], name_of)
        right = _unique([name for name in new if name not in found], name_of)
        found |= {right[key]: left[key] for key in right if key in left}
    taken = set(found.values())
    return Pairs(
        tuple((found[name], name) for name in new if name in found),
        tuple(name for name in old if name not in taken),
        tuple(name for name in new if name not in found),
    )


def _unique(names: Sequence[str], name_of: Callable[[str], str]) -> dict[str, str]:
    counts = Counter(map(name_of, names))
    return {name_of(name): name for name in names if counts[name_of(name)] == 1}
