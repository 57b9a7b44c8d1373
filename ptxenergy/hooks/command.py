"""What an nvcc command line says about its PTX. Imports only the standard library."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Options whose value is the next word, so that the value is not taken for a file.
_TAKES_VALUE = {
    *("-o", "--output-file", "-x", "--x", "-I", "-D", "-U", "-L", "-l", "-include", "-isystem"),
    *("-arch", "--gpu-architecture", "-code", "--gpu-code", "-gencode", "--generate-code"),
    *("-Xcompiler", "-Xptxas", "-Xlinker", "-Xcudafe", "-Xnvlink", "-ccbin", "-std", "-t"),
    *("--threads", "-MF", "-MT", "-MQ", "-keep-dir", "--keep-dir", "-odir", "-maxrregcount"),
    *("-optf", "--options-file", "-time", "--time", "-diag-suppress", "-m"),
}
_KEEP = {"-keep", "--keep", "-save-temps", "--save-temps"}
_KEEP_DIRECTORY = {"-keep-dir", "--keep-dir"}
_FILES = {"-optf", "--options-file"}
# These end before there is PTX, or only say what would be done.
_NO_PTX = {
    *("-E", "--preprocess", "-M", "-MM", "-cuda", "--cuda", "-dryrun", "--dryrun"),
    *("--generate-dependencies", "--generate-nonsystem-dependencies"),
    *("-V", "--version", "-h", "--help", "-clean", "--clean-targets", "-run", "--run"),
}
# ... and this leaves it where the user wants it.
_ONLY_PTX = {"-ptx", "--ptx"}
# CMake tries its compilers with files of its own.
_PROBES = ("CMakeScratch", "CMakeTmp", "CompilerIdCUDA", "CMakeCUDACompilerABI")
_DEEPEST_FILES = 8


@dataclass(frozen=True, slots=True)
class NvccCommand:
    """One call of nvcc. `sources`: CUDA files; `keeps`: the user keeps intermediate files, in
    `keep_directory`; `only_ptx`: PTX is what it makes; `makes_ptx`: it comes that far."""

    sources: tuple[str, ...]
    output: str | None
    keeps: bool
    keep_directory: str | None
    only_ptx: bool
    makes_ptx: bool

    @property
    def is_probe(self) -> bool:
        """Whether CMake tries the compiler."""
        return any(word in str(Path(s).absolute()) for s in self.sources for word in _PROBES)


def read_command(words: Sequence[str]) -> NvccCommand | None:
    """The call of nvcc in a command line, ccache or the like in front; None if there is none."""
    for index, word in enumerate(words):
        if Path(word).name.removesuffix(".exe") == "nvcc":
            return _read(_unfolded(words[index + 1 :], 0))
    return None


def _read(words: list[str]) -> NvccCommand:
    files: list[str] = []
    values: dict[str, str] = {}
    switches: set[str] = set()
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            files.append(word)
        elif equals:
            values[name] = value
        elif word in _TAKES_VALUE:
            values[word] = next(rest, "")
        else:
            switches.add(word)
    cuda = "cu" in (values.get("-x"), values.get("--x"))
    sources = tuple(file for file in files if cuda or file.endswith(".cu"))
    directory = next((values[name] for name in values if name in _KEEP_DIRECTORY), None)
    return NvccCommand(
        sources,
        values.get("-o", values.get("--output-file")),
        bool(switches & _KEEP),
        directory,
        bool(switches & _ONLY_PTX),
        bool(sources) and not switches & _NO_PTX,
    )


def _unfolded(words: Sequence[str], depth: int) -> list[str]:
    """The words, with those of `@file` and `--options-file file` in place of the file's name."""
    out: list[str] = []
    rest = iter(words)
    for word in rest:
        if depth < _DEEPEST_FILES and word.startswith("@"):
            out += _unfolded(_words_of(word[1:]), depth + 1)
        elif depth < _DEEPEST_FILES and word in _FILES:
            for name in next(rest, "").split(","):
                out += _unfolded(_words_of(name), depth + 1)
        else:
            out.append(word)
    return out


def _words_of(name: str) -> list[str]:
    try:
        return shlex.split(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
