"""`ptxenergy-launcher nvcc …`: runs the command as it is and keeps the PTX that it makes.

The command's words, output and exit code are untouched: nvcc is asked for its PTX through
NVCC_APPEND_FLAGS. Whatever fails in here is one line of warning on standard error. Only the
standard library is imported, and most of it while the compiler runs.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ptxenergy.hooks.command import NvccCommand
    from ptxenergy.hooks.store import Store

_NOT_FOUND, _NOT_EXECUTABLE, _SIGNALLED = 127, 126, 128
_USAGE = (
    "ptxenergy-launcher COMMAND...: put it in front of nvcc, or set\n"
    "CMAKE_CUDA_COMPILER_LAUNCHER=ptxenergy-launcher before the first configure, then\n"
    "`ptxenergy build-report` tells what the kernels cost. Examples:\n"
    "  ptxenergy-launcher nvcc -arch=sm_90 -c kernel.cu -o kernel.o\n"
    "  make NVCC='ptxenergy-launcher nvcc'\n"
)


def main() -> None:
    """Run the rest of the command line and exit with its code."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        os.write(1 if words else 2, _USAGE.encode())
        sys.exit(0 if words else 2)
    sys.exit(launch(words))


def launch(words: Sequence[str]) -> int:
    """Run a command; keep the PTX if it is a compilation by nvcc. The command's exit code."""
    try:
        compilation = _prepare(words)
    except Exception as error:  # noqa: BLE001 - a hook never breaks a build
        _warn(error)
        compilation = None
    code = _run(words, compilation.environment() if compilation else dict(os.environ))
    if compilation is not None:
        try:
            compilation.finish(code)
        except Exception as error:  # noqa: BLE001 - a hook never breaks a build
            _warn(error)
    return code


class _Compilation:
    """One compilation: where its PTX is caught, and what is logged of it."""

    def __init__(self, words: Sequence[str], command: NvccCommand, store: Store) -> None:
        import time

        self.words, self.command, self.store = list(words), command, store
        self.started = time.time()
        self.own: Path | None = None
        # nvcc splits the variable at spaces and knows no quotes there.
        self.spaced = any(char.isspace() for char in str(store.directory))
        if not (command.keeps or command.keep_directory or command.only_ptx or self.spaced):
            self.own = _own_directory(store.directory / "keep", words)

    def environment(self) -> dict[str, str]:
        """The caller's environment, with nvcc asked to keep its files in our own directory."""
        environment = dict(os.environ)
        if self.own is not None:
            before = environment.get("NVCC_APPEND_FLAGS", "")
            flags = f"{before} --keep --keep-dir {self.own}"
            environment["NVCC_APPEND_FLAGS"] = flags.strip()
        return environment

    def finish(self, code: int) -> None:
        """Move the PTX into the store and log the compilation. Raises OSError."""
        import shutil
        import time

        seconds = time.time() - self.started
        try:
            kept = [
                {"name": path.name, "digest": self.store.keep(path.read_bytes())}
                for path in sorted(self._left())
            ]
        finally:
            if self.own is not None:
                shutil.rmtree(self.own, ignore_errors=True)
        if code:
            return
        ptx, note = self._through_objects(kept)
        self.store.append(
            {
                "time": self.started,
                "directory": str(_here()),
                "sources": list(self.command.sources),
                "output": self.command.output,
                "command": self.words,
                "seconds": round(seconds, 6),
                "ptx": ptx,
                "note": note,
            }
        )

    def _left(self) -> list[Path]:
        """The PTX that the compiler left: in our directory, in the user's, or as its output."""
        from pathlib import Path

        command = self.command
        if self.own is not None:
            return list(self.own.glob("*.ptx"))
        stems = [Path(source).stem for source in command.sources]
        if command.only_ptx and command.output:
            found = [Path(command.output)]
        elif command.only_ptx:
            found = [Path(f"{stem}.ptx") for stem in stems]
        elif command.keeps:
            place = Path(command.keep_directory or ".")
            found = [path for stem in stems for path in place.glob(f"{stem}*.ptx")]
        else:
            return []
        # What lay there before is not of this compilation; file systems keep coarse times.
        fresh = self.started - 1
        return [path for path in found if path.is_file() and path.stat().st_mtime >= fresh]

    def _through_objects(self, kept: list[dict[str, str]]) -> tuple[list[dict[str, str]], str]:
        """The PTX and a remark. A compiler cache gives the object alone: then it is known by it."""
        from pathlib import Path

        output = self.command.output
        built = Path(output) if output else None
        if built is None or not built.is_file() or self.command.only_ptx:
            return kept, "" if kept else self._why_none()
        content = built.read_bytes()
        if kept:
            self.store.link(content, kept)
            return kept, ""
        found = self.store.linked(content)
        return found, "object from a compiler cache" if found else self._why_none()

    def _why_none(self) -> str:
        if self.command.keep_directory and not self.command.keeps:
            return "no PTX: the command has --keep-dir without --keep"
        if self.spaced:
            return "no PTX: set PTXENERGY_DIR to a path without spaces"
        return "no PTX was left: only machine code was asked for, or a compiler cache answered"


def _prepare(words: Sequence[str]) -> _Compilation | None:
    """What to catch of this command; None if it is no compilation of CUDA, or CMake's own."""
    from ptxenergy.hooks.command import read_command
    from ptxenergy.hooks.store import Store, find_directory

    command = read_command(words)
    if command is None or not command.makes_ptx or command.is_probe:
        return None
    store = Store(find_directory(_here()))
    store.create()
    return _Compilation(words, command, store)


def _own_directory(parent: Path, words: Sequence[str]) -> Path:
    """A directory for this compilation alone; the same each time, since compiler caches hash it."""
    from hashlib import sha256

    key = sha256("\0".join((str(_here()), *words)).encode("utf-8", "surrogateescape")).hexdigest()
    place = parent / key[:24]
    parent.mkdir(exist_ok=True)
    try:
        place.mkdir()
    except FileExistsError:
        place = parent / f"{key[:24]}-{os.getpid()}"
        place.mkdir()
    return place


def _here() -> Path:
    from pathlib import Path

    return Path.cwd()


def _run(words: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command on our own streams; its exit code, as a shell gives it."""
    import subprocess

    try:
        child = subprocess.Popen(words, env=environment)
    except OSError as error:
        os.write(2, f"ptxenergy-launcher: {words[0]}: {error.strerror}\n".encode())
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else _SIGNALLED - code
        except KeyboardInterrupt:
            continue


def _warn(error: Exception) -> None:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    os.write(
        2, f"ptxenergy-launcher: warning: the build is fine, PTX was not kept: {text}\n".encode()
    )
