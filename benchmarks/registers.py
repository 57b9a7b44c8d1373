"""How far the estimate of registers per thread is from what ptxas gives, over the corpus.

Run `python -m benchmarks.registers` where ptxas is on the PATH; prints a Markdown table. Debug
builds and targets that the installed ptxas does not know are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from statistics import median, quantiles

from ptxenergy.program.ptxas import RegistersError, registers_by_ptxas
from ptxenergy.program.registers import registers_per_thread
from ptxenergy.ptx import parse_text
from tests.corpus import ptx_files

_OLDEST_TARGET = 75
_NEWEST_VERSION = (9, 0)


def differences() -> Iterator[tuple[str, str, int, int]]:
    """(compiler, kernel, estimate, ptxas) of every kernel that ptxas assembles."""
    for path in ptx_files():
        text = path.read_text(encoding="utf-8")
        module = parse_text(text.encode(), path.name)
        target = module.target[0]
        if "debug" in module.target or int(re.sub(r"\D", "", target)) < _OLDEST_TARGET:
            continue
        if module.version > _NEWEST_VERSION:
            newest = ".version {}.{}".format(*_NEWEST_VERSION)
            text = re.sub(r"^\.version.*$", newest, text, count=1, flags=re.MULTILINE)
        for kernel in module.kernels:
            try:
                used = registers_by_ptxas(text, kernel.name, target)
            except RegistersError as error:
                print(f"<!-- {path.name}: {error} -->")
                continue
            yield path.parents[1].name, kernel.name, registers_per_thread(kernel, module), used


def main() -> None:
    """Print the errors by compiler and over all."""
    found = sorted(differences())
    print("| compiler | kernels | median error | 90th percentile | mean |")
    print("|---|---:|---:|---:|---:|")
    groups = [(name, list(rows)) for name, rows in groupby(found, key=lambda row: row[0])]
    for name, rows in [*groups, ("all", found)]:
        errors = [abs(estimate - used) for _, _, estimate, used in rows]
        ninety = quantiles(errors, n=10, method="inclusive")[-1]
        mean = sum(errors) / len(errors)
        print(f"| {name} | {len(rows)} | {median(errors):.1f} | {ninety:.1f} | {mean:.1f} |")


if __name__ == "__main__":
    main()
