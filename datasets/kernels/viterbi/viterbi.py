"""Likeliest paths of hidden Markov models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.coalescing import sectors_per_request
from ptxenergy.measure.kernels.data import integers, uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES

_SYMBOLS = 20


class ViterbiDecode(Kernel):
    """Scores of the last step's states and where each state came from, for `sequences`."""

    name = entry = "viterbi_decode"
    family = "viterbi"
    sizes = (
        {"sequences": 264, "states": 32, "steps": 60},
        {"sequences": 2_000, "states": 64, "steps": 120},
        {"sequences": 528, "states": 200, "steps": 40},
        {"sequences": 20_000, "states": 16, "steps": 50},
    )
    blocks = LINES
    check_size: Size = {"sequences": 3, "states": 21, "steps": 9}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        sequences, states, steps = size["sequences"], size["states"], size["steps"]
        moves = uniform(xp, (states, states), xp.float32, data) - xp.float32(2)
        emits = uniform(xp, (_SYMBOLS, states), xp.float32, data, 1) - xp.float32(2)
        seen = integers(xp, (sequences, steps), (0, _SYMBOLS), xp.uint8, data, 2)
        came_from = xp.zeros((sequences, steps, states), dtype=xp.uint8)
        scores = xp.zeros((sequences, states), dtype=xp.float32)
        scalars = (np.uint32(value) for value in (states, _SYMBOLS, steps))
        return moves, emits, seen, came_from, scores, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return Extent(size["sequences"])

    def dynamic_shared_bytes(self, size: Size, block: Extent) -> int:
        return 2 * 4 * size["states"]

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        moves, emits, seen, came_from = (np.array(argument) for argument in arguments[:4])
        now = emits[seen[:, 0]]
        for t in range(1, size["steps"]):
            ways = now[:, :, None] + moves
            came_from[:, t] = ways.argmax(axis=1)
            now = ways.max(axis=1) + emits[seen[:, t]]
        return {3: came_from, 4: now}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        seen, states = np.asarray(arguments[2])[:64].astype(np.int64), size["states"]
        short = -states % 32
        state = np.pad(np.arange(states), (0, short), constant_values=-1)
        places = np.where(state < 0, -1, seen.reshape(-1, 1) * states + state)
        each = sectors_per_request(places.reshape(-1, 32), 4)
        return Pin("first", "access", each), Pin("emit", "access", each)
