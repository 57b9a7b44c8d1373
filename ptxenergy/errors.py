"""One tree of errors. Each says what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class PtxEnergyError(Exception):
    """Anything that ptxenergy refuses. `code` is stable and appears in JSON output."""

    code: ClassVar[str] = "error"


class InputError(PtxEnergyError):
    """The file cannot be read as text: missing, empty, binary, not UTF-8 or too large."""

    code = "bad-input"


class PtxSyntaxError(PtxEnergyError):
    """The text is not PTX. Shows file, line, column (1-based), the line itself and a caret."""

    code = "syntax"

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int,
        column: int,
        source_line: str = "",
        expected: tuple[str, ...] = (),
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.source_line = source_line
        self.expected = expected
        super().__init__(self.render())

    def render(self) -> str:
        """The error as a compiler would print it, with a caret under the column."""
        lines = [f"{self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source_line:
            shown = self.source_line.replace("\t", " ")
            start = max(0, self.column - 60)
            lines += [
                f"  {shown[start : start + 100]}",
                "  " + " " * (self.column - 1 - start) + "^",
            ]
        if self.expected:
            lines.append("  expected " + ", ".join(self.expected))
        return "\n".join(lines)


class KernelSelectionError(PtxEnergyError):
    """No kernel, no such kernel, or a name that several kernels match."""

    code = "kernel"


class LaunchError(PtxEnergyError):
    """A launch that no GPU, or not this GPU, can run: block, grid, shared memory, arguments."""

    code = "launch"


class ArgumentError(LaunchError):
    """An argument that does not exist, does not fit its type, or is given twice."""

    code = "argument"


class GpuError(PtxEnergyError):
    """An unknown GPU, or a GPU description that lacks what is needed."""

    code = "gpu"


class EvaluationError(PtxEnergyError):
    """The program cannot be evaluated: it is malformed in a way that its syntax does not show."""

    code = "evaluation"


class StrictError(PtxEnergyError):
    """`--strict` was asked for and something had to be assumed."""

    code = "strict"
