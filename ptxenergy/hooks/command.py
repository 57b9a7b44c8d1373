"""What an nvcc command line says about its PTX. Imports next to nothing (see `launcher.py`)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from os import path

# Options whose value is the next word, so that the value is not taken for a file: those that nvcc
# 13.0's help names, without their dashes, and -Xcudafe.
_VALUED = (
    "o output-file odir output-directory x include pre-include I include-path isystem "
    "system-include D define-macro U undefine-macro L library-path l library m machine std t "
    "threads O optimize Ofc Ofast-compile dopt e entries run-args arch gpu-architecture code "
    "gpu-code gencode generate-code rdc relocatable-device-code Xcompiler compiler-options Xlinker "
    "linker-options Xarchive archive-options Xptxas ptxas-options Xnvlink nvlink-options Xcudafe "
    "ccbin compiler-bindir arbin archiver-binary cudart cudadevrt ldir libdevice-directory "
    "target-dir target-directory opt-info optimization-info ftemplate-backtrace-limit "
    "ftemplate-depth static-global-template-stub device-entity-has-hidden-visibility split-compile "
    "split-compile-extended fdevice-time-trace keep-dir time idp input-drive-prefix ddp "
    "dependency-drive-prefix dp drive-prefix MF dependency-output MT dependency-target-name "
    "maxrregcount ftz prec-div prec-sqrt fmad default-stream Werror diag-error diag-suppress "
    "diag-warn hls host-linker-script brief-diag brief-diagnostics jtd jump-table-density "
    "device-stack-protector compress-mode frandom-seed sanitize optf options-file"
)
_TAKES_VALUE = frozenset(_VALUED.split())
_KEEP = {"keep", "save-temps"}
_OBJECTS = {"c", "compile", "dc", "device-c", "dw", "device-w"}
_BESIDE_OBJECTS = {"objtemp", "objdir-as-tempdir"}
_OPTION_FILES = {"-optf", "--options-file"}
# These end before there is PTX, or only say what would be done.
_NO_PTX = {
    *("E", "preprocess", "M", "generate-dependencies", "MM", "generate-nonsystem-dependencies"),
    *("cuda", "dryrun", "V", "version", "h", "help", "clean", "clean-targets", "run"),
}
# CMake tries its compilers with files of its own.
_PROBES = ("CMakeScratch", "CMakeTmp", "CompilerIdCUDA", "CMakeCUDACompilerABI")
_LINKED = (".o", ".obj", ".a", ".lib", ".so")
_FLAGS_BEFORE, FLAGS_AFTER = "NVCC_PREPEND_FLAGS", "NVCC_APPEND_FLAGS"
_DEEPEST_FILES = 8


class NvccCommand:
    """One call of nvcc: its files, its options with a value, and those without, their dashes left
    out. A plain class: a dataclass would take longer to import than the launcher does in all."""

    def __init__(self, files: Sequence[str], values: Mapping[str, str], switches: Set[str]) -> None:
        self._files, self._values, self._switches = tuple(files), values, switches

    @property
    def sources(self) -> tuple[str, ...]:
        """The files of CUDA."""
        is_cuda = self._values.get("x") == "cu"
        return tuple(file for file in self._files if is_cuda or file.endswith(".cu"))

    @property
    def output(self) -> str | None:
        """What `-o` names."""
        return self._values.get("o", self._values.get("output-file"))

    @property
    def makes_ptx(self) -> bool:
        """Whether it comes as far as PTX."""
        return bool(self.sources) and not self._switches & _NO_PTX

    @property
    def only_ptx(self) -> bool:
        """Whether PTX is what it makes."""
        return "ptx" in self._switches

    @property
    def keeps(self) -> bool:
        """Whether the user keeps intermediate files, in `keep_directory`."""
        return bool(self._switches & _KEEP)

    @property
    def keeps_beside_objects(self) -> bool:
        """Whether intermediate files lie beside the object, with its name, and nowhere else."""
        return bool(self._switches & _BESIDE_OBJECTS and self._switches & _OBJECTS)

    @property
    def keep_directory(self) -> str | None:
        """What `--keep-dir` names."""
        return self._values.get("keep-dir")

    @property
    def is_probe(self) -> bool:
        """Whether CMake tries the compiler."""
        return any(word in path.abspath(one) for one in self.sources for word in _PROBES)

    @property
    def is_ambiguous(self) -> bool:
        """Whether files that nvcc keeps of one input would overwrite those of another."""
        stems = [_stem(file) for file in self._files if not file.endswith(_LINKED)]
        return len(set(stems)) < len(stems)

    @property
    def built(self) -> str | None:
        """The one file that is made, where there is one."""
        if self.output or not self._switches & _OBJECTS or len(self._files) != 1:
            return self.output
        return path.join(self._directory, f"{_stem(self._files[0])}.o")

    def ptx_left(self) -> list[str]:
        """The PTX that lies where the user asked for it. Raises OSError."""
        if self.only_ptx and self.output:
            return [self.output] if path.isfile(self.output) else []
        if not (self.only_ptx or self.keeps):
            return []
        place = self._directory if self.only_ptx else self.keep_directory or "."
        stems = [_stem(source) for source in self.sources]
        if self.keeps_beside_objects:
            place = path.dirname(self.output) or "." if self.output else self._directory
            stems = [path.basename(self.output)] if self.output else [f"{s}.o" for s in stems]
        names = [name for name in os.listdir(place) if any(is_ptx_of(name, stem) for stem in stems)]
        return [path.join(place, name) for name in names]

    @property
    def _directory(self) -> str:
        """Where files go that `-o` does not name."""
        return self._values.get("odir", self._values.get("output-directory", "."))


def _stem(file: str) -> str:
    return path.splitext(path.basename(file))[0]


def is_ptx_of(name: str, stem: str) -> bool:
    """Whether nvcc gives the PTX of a source that name: that of one architecture, or of many."""
    return name == f"{stem}.ptx" or (name.startswith(f"{stem}.compute_") and name.endswith(".ptx"))


def read_command(words: Sequence[str], environment: Mapping[str, str]) -> NvccCommand | None:
    """The call of nvcc in a command line, ccache or the like in front; None if there is none.

    nvcc adds words of two variables of the environment.
    """
    for index, word in enumerate(words):
        if path.basename(word).removesuffix(".exe") == "nvcc":
            before, after = (
                environment.get(name, "").split() for name in (_FLAGS_BEFORE, FLAGS_AFTER)
            )
            return _read(_unfolded([*before, *words[index + 1 :], *after], 0))
    return None


def _read(words: Iterable[str]) -> NvccCommand:
    files: list[str] = []
    values: dict[str, str] = {}
    switches: set[str] = set()
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        name = name.removeprefix("-").removeprefix("-")
        if not word.startswith("-"):
            files.append(word)
        elif equals:
            values[name] = value
        elif name in _TAKES_VALUE:
            values[name] = next(rest, "")
        else:
            switches.add(name)
    return NvccCommand(files, values, switches)


def _unfolded(words: Sequence[str], depth: int) -> Iterator[str]:
    """The words, with those of `@file` and `--options-file file` in place of the file's name."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if depth < _DEEPEST_FILES and word.startswith("@"):
            yield from _unfolded(_words_of(word[1:]), depth + 1)
        elif depth < _DEEPEST_FILES and name in _OPTION_FILES:
            for file in (value if equals else next(rest, "")).split(","):
                yield from _unfolded(_words_of(file), depth + 1)
        else:
            yield word


def _words_of(name: str) -> list[str]:
    from shlex import split

    try:
        with open(name, encoding="utf-8") as file:
            return split(file.read())
    except (OSError, ValueError):
        return []
