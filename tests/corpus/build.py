"""Recompiles the PTX of the corpus from its sources, with whichever compilers are at hand.

    python -m tests.corpus.build --nvcc nvcc --nvrtc libnvrtc.so.11.8 --nvrtc … [STEM …]

A source says how it is built in lines such as `// build: nvcc-13.0 sm_90 sm_75 [FLAGS] [as NAME]`.
A build whose compiler is not at hand is named and left as it is.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from tests.corpus.compilers import CompileError, Compiler, Numba, Nvcc, Nvrtc, Triton
from tests.corpus.neutral import absolute_paths, neutralise

HERE = Path(__file__).resolve().parent
_ROOTS = {str(HERE.parents[1]): ".", sys.prefix: "python"}
_BUILD = re.compile(r"(?m)^(?://|#) build: (\S+) (.+)$")


@dataclass(frozen=True, slots=True)
class Build:
    """One PTX file to make: which compiler, for which target, with which flags."""

    source: Path
    compiler: str
    target: str
    flags: tuple[str, ...]
    variant: str

    @property
    def output(self) -> Path:
        """Where the PTX goes, below `ptx/`."""
        name = self.source.stem + (f".{self.variant}" if self.variant else "") + ".ptx"
        return Path(self.compiler) / self.target / name


def planned(source: Path) -> Iterator[Build]:
    """The builds that a source names."""
    for compiler, rest in _BUILD.findall(source.read_text(encoding="utf-8")):
        words, _, variant = rest.partition(" as ")
        targets = [word for word in words.split() if not word.startswith("-")]
        flags = tuple(word for word in words.split() if word.startswith("-"))
        for target in targets:
            yield Build(source, compiler, target, flags, variant.strip())


def compilers(arguments: argparse.Namespace) -> dict[str, Compiler]:
    """The compilers at hand, by folder name."""
    found: list[Compiler] = [Nvcc.found(program) for program in arguments.nvcc]
    found += [Nvrtc.found(path) for path in arguments.nvrtc]
    for kind in (Triton, Numba):
        try:
            found.append(kind.found())
        except PackageNotFoundError:
            print(f"{kind.__name__} is not installed", file=sys.stderr)
    return {compiler.name: compiler for compiler in found}


def compiled(build: Build, compiler: Compiler) -> str:
    """The PTX of one build; raises `CompileError`, also where a path would leak."""
    ptx = neutralise(compiler.compile(build.source, build.target, build.flags), _ROOTS)
    leaked = sorted(set(absolute_paths(ptx)))
    if leaked:
        raise CompileError(f"absolute paths: {', '.join(leaked)}")
    return ptx


def make(build: Build, compiler: Compiler) -> None:
    """Compiles one file and writes it; raises `CompileError`."""
    ptx = compiled(build, compiler)
    output = HERE / "ptx" / build.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(ptx, encoding="utf-8")


def main() -> int:
    """Builds what was asked for; 1 where a build failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nvcc", action="append", default=[], help="an nvcc program")
    parser.add_argument("--nvrtc", action="append", default=[], help="an NVRTC shared library")
    parser.add_argument("stems", nargs="*", help="sources by stem; default: all")
    arguments = parser.parse_args()
    at_hand, failed = compilers(arguments), 0
    sources = [s for s in sorted(HERE.glob("src/*/*")) if s.suffix in {".cu", ".py"}]
    for source in sources:
        if arguments.stems and source.stem not in arguments.stems:
            continue
        for build in planned(source):
            if build.compiler not in at_hand:
                print(f"left: {build.output} (no {build.compiler})", file=sys.stderr)
                continue
            try:
                make(build, at_hand[build.compiler])
            except CompileError as error:
                failed += 1
                print(f"FAILED {build.output}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
