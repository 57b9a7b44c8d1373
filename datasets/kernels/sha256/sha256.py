"""SHA-256 of many messages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import bits
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line


class Sha256Messages(Kernel):
    """Digests of messages of `blocks` blocks, the last one padding; words lie word by word."""

    name = entry = "sha256_messages"
    family = "sha256"
    sizes = (
        {"messages": 20_000, "blocks": 2},
        {"messages": 500_000, "blocks": 4},
        {"messages": 2_000_000, "blocks": 2},
        {"messages": 40_000, "blocks": 33},
    )
    blocks = LINES
    check_size: Size = {"messages": 75, "blocks": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        messages, blocks = size["messages"], size["blocks"]
        count = 16 * (blocks - 1) * messages
        text = (bits(xp, count, data) >> xp.uint64(32)).astype(xp.uint32).reshape(-1, messages)
        last = xp.zeros((16, messages), dtype=xp.uint32)
        last[0] = 0x80000000
        last[15] = 512 * (blocks - 1)
        digests = xp.zeros((8, messages), dtype=xp.uint32)
        words = xp.concatenate([text, last])
        return words, digests, np.uint32(messages), np.uint32(blocks)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["messages"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        text = np.asarray(arguments[0])[:-16].T.astype(">u4")
        digests = [hashlib.sha256(message.tobytes()).digest() for message in text]
        return {1: np.frombuffer(b"".join(digests), ">u4").reshape(-1, 8).T}
