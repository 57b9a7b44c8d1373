"""Memory with contents, and which of its bytes are known without looking at data."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.reference.lanes import ALL, Array, Bools, Taint, distinct

_PAGE_SHIFT: Final = 14
_PAGE_BYTES: Final = 1 << _PAGE_SHIFT
_MOST_BANK_BYTES: Final = 1 << 27


class Bank:
    """Small memories of equal size, one a slot: shared (a slot is a block), local or parameter
    (a lane), constant (one for all). Bytes never written are tainted unless `known`. A bank has
    at most 128 MiB; what lies beyond is not kept, and unknown.
    """

    def __init__(self, slot_of_lane: Array, slot_bytes: int, *, known: bool = False) -> None:
        self.slots = int(slot_of_lane.max()) + 1
        self.slot_of_lane = slot_of_lane.astype(np.int64)
        self.initial_taint = 0 if known else 1
        self.went_outside = False
        self._lay_out(slot_bytes)

    def _lay_out(self, slot_bytes: int) -> None:
        most = _MOST_BANK_BYTES // self.slots
        self.slot_bytes = min(-(-max(slot_bytes, 1) // 16) * 16, most - most % 16)
        self.data = np.zeros(self.slots * self.slot_bytes, np.uint8)
        self.taint = np.full(self.slots * self.slot_bytes, self.initial_taint, np.uint8)
        self.base = self.slot_of_lane * self.slot_bytes

    @property
    def contents(self) -> npt.NDArray[np.uint8]:
        """The bytes of all slots, (slots, bytes), to be read and changed in place."""
        return self.data.reshape(self.slots, -1)

    def ensure(self, slot_bytes: int) -> None:
        """Make every slot at least this large, contents kept, as far as the bank may grow."""
        if slot_bytes <= self.slot_bytes:
            return
        data, taint, size = self.data, self.taint, self.slot_bytes
        self._lay_out(max(slot_bytes, 2 * size))
        self.data.reshape(self.slots, -1)[:, :size] = data.reshape(self.slots, -1)
        self.taint.reshape(self.slots, -1)[:, :size] = taint.reshape(self.slots, -1)

    def load(self, offsets: Array, lanes: Bools, dtype: npt.DTypeLike) -> tuple[Array, Taint]:
        """One value a lane; lanes outside `lanes` get anything."""
        size = np.dtype(dtype).itemsize
        index, outside = self._index(offsets, lanes, size)
        values = _gather(self.data, index, dtype)
        taint = _gather(self.taint, index, dtype) != 0
        if outside is not None:
            taint |= outside
        return values, (taint if taint.any() else None)

    def store(self, offsets: Array, lanes: Bools, values: Array, taint: Taint) -> None:
        """Write one value a lane; where lanes meet, the last one stays."""
        size = values.dtype.itemsize
        index, outside = self._index(offsets, lanes, size)
        chosen = lanes if outside is None else lanes & ~outside
        index = index[chosen]
        if taint is None or taint is ALL:
            bits = np.full(len(index), 0 if taint is None else 1, np.bool_)
        else:
            bits = taint[chosen]  # type: ignore[index]
        _scatter(self.data, index, values[chosen])
        spread = np.where(bits, ~values.dtype.type(0), values.dtype.type(0))
        _scatter(self.taint, index, spread.astype(values.dtype, copy=False))

    def write_all(self, offset: int, image: bytes) -> None:
        """Put the same known bytes into every slot."""
        image = image[: max(0, self.slot_bytes - offset)]
        place = slice(offset, offset + len(image))
        self.data.reshape(self.slots, -1)[:, place] = np.frombuffer(image, np.uint8)
        self.taint.reshape(self.slots, -1)[:, place] = 0

    def taint_slots(self, lanes: Bools) -> None:
        """Forget what is known of every slot that one of these lanes could have written."""
        self.taint.reshape(self.slots, -1)[distinct(self.slot_of_lane[lanes])] = 1

    def _index(self, offsets: Array, lanes: Bools, size: int) -> tuple[Array, Bools | None]:
        inside = offsets <= np.uint64(self.slot_bytes - size)
        if inside.all():
            return self.base + offsets.astype(np.int64), None
        outside = lanes & ~inside
        index = self.base + np.where(inside, offsets, np.uint64(0)).astype(np.int64)
        if outside.any():
            self.went_outside = True
            return index, outside
        return index, None


class GlobalMemory:
    """Sparse global memory. A page never written holds what `seed` gives for its number."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._pages: dict[int, npt.NDArray[np.uint8]] = {}

    def read(self, address: int, count: int, dtype: npt.DTypeLike) -> Array:
        """`count` consecutive values."""
        size = np.dtype(dtype).itemsize
        addresses = np.uint64(address) + np.arange(count, dtype=np.uint64) * np.uint64(size)
        return self.load(addresses, np.ones(count, np.bool_), dtype)

    def write(self, address: int, values: Array) -> None:
        """Consecutive values."""
        flat = np.ascontiguousarray(values).ravel()
        size = np.uint64(flat.dtype.itemsize)
        addresses = np.uint64(address) + np.arange(len(flat), dtype=np.uint64) * size
        self.store(addresses, np.ones(len(flat), np.bool_), flat)

    def load(self, addresses: Array, lanes: Bools, dtype: npt.DTypeLike) -> Array:
        """One value a lane; lanes outside `lanes` get zero."""
        size = np.dtype(dtype).itemsize
        raw = np.zeros((len(addresses), size), np.uint8)
        for number, chosen, offsets in self._by_page(addresses, lanes, size):
            raw[chosen] = self._page(number)[offsets]
        return raw.view(dtype).ravel()

    def store(self, addresses: Array, lanes: Bools, values: Array) -> None:
        """Write one value a lane; where lanes meet, the last one stays."""
        size = values.dtype.itemsize
        raw = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
        for number, chosen, offsets in self._by_page(addresses, lanes, size):
            self._page(number)[offsets] = raw[chosen]

    def _by_page(self, addresses: Array, lanes: Bools, size: int) -> list[tuple[int, Any, Array]]:
        """(page, index of lanes or of their bytes, offsets in it), whole values where possible."""
        active = np.nonzero(lanes)[0]
        start = addresses[active]
        step = np.arange(size, dtype=np.uint64)
        pages = start >> np.uint64(_PAGE_SHIFT)
        ends = (start + np.uint64(size - 1)) >> np.uint64(_PAGE_SHIFT)
        found: list[tuple[int, Any, Array]] = []
        for number in distinct(pages):
            here = (pages == number) & (ends == number)
            if here.any():
                offsets = start[here, None] - (number << np.uint64(_PAGE_SHIFT)) + step
                found.append((int(number), active[here], offsets.astype(np.int64)))
        for lane, address in zip(active[pages != ends], start[pages != ends], strict=True):
            for byte in range(size):
                at = int(address) + byte
                found.append(
                    (at >> _PAGE_SHIFT, (lane, byte), np.int64(at % _PAGE_BYTES))  # type: ignore[arg-type]
                )
        return found

    def _page(self, number: int) -> npt.NDArray[np.uint8]:
        page = self._pages.get(number)
        if page is None:
            random = np.random.default_rng((self.seed, number))
            page = self._pages[number] = random.integers(0, 256, _PAGE_BYTES, np.uint8)
        return page


def _gather(data: npt.NDArray[np.uint8], index: Array, dtype: npt.DTypeLike) -> Array:
    size = np.dtype(dtype).itemsize
    if size == 1:
        return data[index].view(dtype)
    if not (index & (size - 1)).any():
        found: Array = data.view(dtype)[index // size]
        return found
    return data[index[:, None] + np.arange(size)].view(dtype).ravel()


def _scatter(data: npt.NDArray[np.uint8], index: Array, values: Array) -> None:
    size = values.dtype.itemsize
    if not (index & (size - 1)).any():
        data.view(values.dtype)[index // size] = values
    else:
        raw = np.ascontiguousarray(values).view(np.uint8).reshape(-1, size)
        data[index[:, None] + np.arange(size)] = raw
