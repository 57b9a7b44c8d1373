"""PTX compiled anew for each block shape, where the shape is a constant of the source."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from ptxenergy.errors import InputError, LaunchError
from ptxenergy.launch.request import Dim3

_SECONDS: Final = 300
_SHOWN_LINES: Final = 4


class Compiler(Struct):
    """Runs a command for each shape: `{x}`, `{y}`, `{z}` and `{out}` in it are filled in.

    The command is split as a shell would and run without one. Each shape is compiled once.
    """

    command: str
    made: dict[Dim3, bytes | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise LaunchError for a command that cannot depend on the shape."""
        try:
            words = shlex.split(self.command)
            one, other = ([word.format(x=n, y=n, z=n, out="out") for word in words] for n in (1, 2))
        except (ValueError, KeyError, IndexError) as error:
            raise self._wrong(
                f"is no command with {{x}}, {{y}}, {{z}} and {{out}}: {error}"
            ) from None
        if one == other or not any("{out}" in word for word in words):
            raise self._wrong("needs {out}, and {x}, {y} or {z} for the block's extents")

    def _wrong(self, why: str) -> LaunchError:
        return LaunchError(
            f"--compile '{self.command}' {why}; such as "
            "'nvcc -ptx -DBX={x} -DBY={y} kernel.cu -o {out}'"
        )

    @property
    def axes(self) -> str:
        """The extents that the command is told."""
        return "".join(axis for axis in "xyz" if f"{{{axis}}}" in self.command)

    @property
    def title(self) -> str:
        """The command."""
        return self.command

    def prepare(self, shapes: Iterable[Dim3]) -> None:
        """Compile many shapes at once; what fails is said when it is asked for."""
        wanted = [shape for shape in shapes if shape not in self.made]
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            for shape, found in zip(wanted, pool.map(self._compiled, wanted), strict=True):
                self.made[shape] = found

    def of(self, block: Dim3 | None) -> tuple[bytes, str]:
        """The PTX of a shape, and its name. Raises InputError where it does not compile."""
        if block is None:
            raise LaunchError("--compile makes PTX for a block: say which is yours, --block 16x16")
        if block not in self.made:
            self.made[block] = self._compiled(block)
        found = self.made[block]
        if isinstance(found, str):
            raise InputError(f"--compile: {found}")
        return found, f"{block}.ptx"

    def _compiled(self, block: Dim3) -> bytes | str:
        with tempfile.TemporaryDirectory(prefix="ptxenergy-") as folder:
            out = Path(folder) / "kernel.ptx"
            words = [
                word.format(x=block.x, y=block.y, z=block.z, out=out)
                for word in shlex.split(self.command)
            ]
            try:
                run = subprocess.run(
                    words, capture_output=True, text=True, timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                return f"does not compile: {words[0]} took more than {_SECONDS} s"
            except OSError as error:
                return f"does not compile: {words[0]}: {error.strerror}"
            if run.returncode:
                lines = (run.stderr or run.stdout).strip().splitlines()[:_SHOWN_LINES]
                return f"does not compile (exit {run.returncode}): " + " ".join(lines)
            try:
                return out.read_bytes()
            except OSError:
                return "the command wrote nothing to {out}"
