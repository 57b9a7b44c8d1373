"""The registers of a call, in place of its caller's while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.closed.code import Code, UnsupportedError
from ptxenergy.launch.closed.decisions import Answer
from ptxenergy.launch.closed.lanes import Lanes
from ptxenergy.launch.closed.value import UNKNOWN, Value
from ptxenergy.launch.reference.lanes import Bools

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_DEEPEST: Final = 24


class Frame:
    """What a function holds: registers, who wrote them, and answers that were assumed.

    `returned` are the lanes of a called function that are back; `loops` how many loops were open
    when it was called.
    """

    __slots__ = ("answers", "code", "depth", "local_base", "loops", "returned", "values", "written")

    def __init__(self, code: Code, depth: int = 0, local_base: int = 0, loops: int = 0) -> None:
        self.code, self.depth, self.local_base, self.loops = code, depth, local_base, loops
        self.values: list[Value | None] = [None] * len(code.slots)
        self.written: list[Lanes | None] = [None] * len(code.slots)
        self.answers: dict[int, Answer] = {}
        self.returned: Bools = np.zeros(1, np.bool_)


def run_call(
    machine: Machine, code: Code, lanes: Lanes, given: Mapping[int, Value]
) -> list[Value | None]:
    """Run a function for some lanes; gives its registers at the end.

    Raises UnsupportedError where lanes end inside it, or where calls nest too deep.
    """
    caller = machine.frame
    if caller.depth >= _DEEPEST:
        raise UnsupportedError("calls nest too deep")
    base = caller.local_base + caller.code.local_bytes
    frame = Frame(code, caller.depth + 1, base, len(machine.scope.open))
    machine.enter(frame)
    for slot in code.results:
        # A lane that returns without a result leaves an unknown one.
        frame.values[slot] = UNKNOWN
    for slot, value in given.items():
        frame.values[slot] = value
    try:
        came, _ = machine.region(0, lanes, None, None)
    finally:
        machine.frame = caller
    back = frame.returned if came is None else frame.returned | came
    if not np.array_equal(np.broadcast_to(back, lanes.bools.shape), lanes.bools):
        raise UnsupportedError("lanes end inside a call")
    machine.scope.active = lanes.bools
    return frame.values
