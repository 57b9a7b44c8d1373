"""From `// pin: MARKER` in CUDA to lines of PTX, by the `.loc` lines between them.

PTX is read as text: this kit knows nothing of the predictor's parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ptxenergy.measure.kernels.kernel import Pin

_MARKER = re.compile(r"//\s*pin:\s*([\w.-]+)")
_LOC = re.compile(r"^\s*\.loc\s+(\d+)\s+(\d+)\s+(\d+)")
_FILE = re.compile(r'^\s*\.file\s+(\d+)\s+"([^"]*)"')
_LABEL = re.compile(r"^\s*(\$?[\w$]+):")
_BRANCH = re.compile(r"^\s*@!?%p\d+\s+bra(?:\.uni)?\s+(\$?[\w$]+);")
_JUMP = re.compile(r"^\s*bra(?:\.uni)?\s+(\$?[\w$]+);")
_ACCESS = re.compile(
    r"^\s*(?:@!?%p\d+\s+)?(?:ld|st|atom|red)\.(?:[\w.:]*\.)?(?:global|shared|local)\b"
)
_LEAVES = re.compile(r"\b(?:break|continue|return|goto)\b")


class MarkerError(ValueError):
    """A pin that cannot be tied to a line of PTX."""


@dataclass(frozen=True, slots=True)
class Text:
    """A PTX file by line (0-based), with the line and column of the source of each."""

    lines: tuple[str, ...]
    source_lines: tuple[int, ...]
    source_columns: tuple[int, ...]
    labels: Mapping[str, int]

    def first_source_line(self, start: int) -> int:
        """The source line of the first work at or after a line, through jumps; 0 without any."""
        index, jumps = start, 0
        while index < len(self.lines):
            jump = _JUMP.match(self.lines[index])
            if jump is not None and jump[1] in self.labels and jumps < len(self.labels):
                index, jumps = self.labels[jump[1]], jumps + 1
            elif self._is_statement(index):
                return self.source_lines[index]
            index += 1
        return 0

    def next_source_line(self, start: int, line: int) -> int:
        """The source line of the first work of a block of code that stands below `line`.

        Compilers repeat small work of lines above where they need it. Where a block has nothing
        else, its first work counts.
        """
        has_work = False
        for index in range(start, len(self.lines)):
            text = self.lines[index].strip()
            if _LABEL.match(text) and not has_work:
                continue
            if _LABEL.match(text) or _JUMP.match(text) or _BRANCH.match(text) or text == "ret;":
                break
            if self._is_statement(index):
                has_work = True
                if self.source_lines[index] > line:
                    return self.source_lines[index]
        return self.first_source_line(start)

    def _is_statement(self, index: int) -> bool:
        # Parameters become global addresses where they are first used, under the line of the
        # kernel's head, and some constants stand under no line: neither says what stands here.
        line = self.lines[index].strip()
        is_other = line.startswith((".", "//", "cvta.to.global")) or not self.source_lines[index]
        return line.endswith(";") and not is_other and not _LABEL.match(line)


def read(ptx: str, source_name: str) -> Text:
    """PTX by line. Lines of other files (headers) have source line 0."""
    lines = tuple(ptx.splitlines())
    own = {m[1] for line in lines if (m := _FILE.match(line)) and m[2] == source_name}
    source, current = [], (0, 0)
    for line in lines:
        if (match := _LOC.match(line)) is not None:
            current = (int(match[2]), int(match[3])) if match[1] in own else (0, 0)
        source.append(current)
    labels = {m[1]: index for index, line in enumerate(lines) if (m := _LABEL.match(line))}
    return Text(lines, tuple(line for line, _ in source), tuple(c for _, c in source), labels)


def marked_lines(source: str) -> dict[str, list[int]]:
    """The 1-based lines of each marker in a CUDA source."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        for match in _MARKER.finditer(line):
            found.setdefault(match[1], []).append(number)
    return found


def resolve(pins: Sequence[Pin], source: str, text: Text) -> list[dict[str, float | int | str]]:
    """Each pin as kind, 1-based PTX line, value and marker.

    A branch's value is turned from "the condition in CUDA is true" to "the PTX branch is taken".
    Raises MarkerError where no line, or more than one branch or loop, could be meant.
    """
    marked = marked_lines(source)
    found: list[dict[str, float | int | str]] = []
    for pin in pins:
        if pin.marker not in marked:
            raise MarkerError(f"no line of the source is marked `pin: {pin.marker}`")
        places = [
            place for line in marked[pin.marker] for place in _places(pin, line, source, text)
        ]
        if not places:
            raise MarkerError(f"no PTX of the line marked `pin: {pin.marker}` is a {pin.kind}")
        warp = {} if pin.warp is None else {"warp": max(pin.warp, pin.value)}
        found += [
            {"kind": pin.kind, "line": index + 1, "value": value, "marker": pin.marker, **warp}
            for index, value in places
        ]
    return found


def _places(pin: Pin, line: int, source: str, text: Text) -> Iterator[tuple[int, float]]:
    at = [index for index, number in enumerate(text.source_lines) if number == line]
    if pin.kind == "access":
        yield from ((index, pin.value) for index in at if _ACCESS.match(text.lines[index]))
        return
    branches = [(index, m[1]) for index in at if (m := _BRANCH.match(text.lines[index]))]
    if pin.kind == "trip":
        back = [index for index, label in branches if text.labels.get(label, index) < index]
        ends = back or [index for index, _ in branches]
    else:
        ends = [index for index, label in branches if text.labels.get(label, index) > index]
        ends = ends or [index for index, _ in branches]
    # Copies of one branch (loops that were specialised) share their column; two conditions do not,
    # and of an unrolled loop nobody can say which copy goes round how often.
    is_unrolled = pin.kind == "trip" and len(ends) > 1 and not _is_kept_rolled(line, source)
    if is_unrolled or len({text.source_columns[index] for index in ends}) > 1:
        raise MarkerError(f"`pin: {pin.marker}` marks {len(ends)} branches of PTX: split the line")
    for index in ends:
        target = dict(branches)[index]
        is_taken = _true_is_taken(line, index, text.labels[target], source, text)
        yield index, pin.value if pin.kind == "trip" or is_taken else 1.0 - pin.value


def _true_is_taken(line: int, branch: int, target: int, source: str, text: Text) -> bool:
    """Whether the PTX branch is taken where the condition on the CUDA line is true.

    What follows the condition when it is true stands next in the source, unless it leaves.
    """

    def distance(source_line: int) -> float:
        return source_line - line if source_line >= line else float("inf")

    taken = distance(text.next_source_line(target, line))
    falls = distance(text.next_source_line(branch + 1, line))
    if _LEAVES.search(source.splitlines()[line - 1]):
        return taken > falls
    return taken < falls


def _is_kept_rolled(line: int, source: str) -> bool:
    """Whether `#pragma unroll 1` stands near above."""
    above = source.splitlines()[max(0, line - 12) : line]
    return any(re.match(r"\s*#pragma unroll 1\b", text) for text in above)
