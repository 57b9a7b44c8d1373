"""The shapes of statements, kept on disk from one process to the next: with them most files are
read without the parser, which takes longer to be made than most files take to be read."""

from __future__ import annotations

import atexit
import hashlib
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TypeAlias

import msgspec
from platformdirs import user_cache_path

from ptxenergy.ptx.events import event_of
from ptxenergy.ptx.leaves import Node
from ptxenergy.ptx.on_disk import replace_file
from ptxenergy.ptx.shapes import Placed, Shape, summed
from ptxenergy.shipped import shipped

# Some ten thousand shapes, which is more than compilers have.
_MOST_BYTES = 4 << 20
_UNUSED_S = 30 * 24 * 3600.0

_Event: TypeAlias = tuple[Node, int, int]
"""What `Placed` holds: the node of an event, the anchor and the skip of its first word."""
_encoder = msgspec.msgpack.Encoder()
_shape = msgspec.msgpack.Decoder(tuple[_Event, ...])
_table = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])


class KeptShapes:
    """Shapes by their keys, in a file; one that cannot be read or written costs time only.

    The file is read when the first shape is asked for.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._new: dict[bytes, msgspec.Raw] = {}

    @cached_property
    def _known(self) -> dict[bytes, msgspec.Raw]:
        with suppress(OSError, msgspec.MsgspecError):
            return _table.decode(self.file.read_bytes())
        return {}

    def get(self, key: bytes) -> Shape | None:
        """The shape that was kept for a key."""
        kept = self._known.get(key)
        if kept is None:
            return None
        # What another program wrote there may be of any form.
        with suppress(msgspec.MsgspecError, ValueError, LookupError, TypeError, AttributeError):
            events = _shape.decode(kept)
            return summed(tuple(Placed(event_of(node), at, skip) for node, at, skip in events))
        return None

    def add(self, key: bytes, shape: Shape) -> None:
        """Remember a shape, to be written by `keep`."""
        events = [(placed.event.node, placed.anchor, placed.skip) for placed in shape.events]
        self._new[key] = msgspec.Raw(_encoder.encode(events))

    def keep(self) -> None:
        """Write what was added to what is there by now, and remove what nobody used for long."""
        if not self._new:
            return
        self.__dict__.pop("_known", None)
        table = _encoder.encode({**self._known, **self._new})
        if len(table) > _MOST_BYTES:
            return
        with suppress(OSError):
            replace_file(self.file, lambda stream: stream.write(table))
            now = self.file.stat().st_mtime
            for other in self.file.parent.glob("shapes-*"):
                if now - other.stat().st_mtime > _UNUSED_S:
                    other.unlink()


@cache
def kept_shapes() -> KeptShapes | None:
    """Those of the user, written when the process ends. None where the code has no files.

    Another grammar or another code that reads it is another file.
    """
    digest = hashlib.sha256(shipped("grammar", "ptx.lark").read_bytes())
    sources = sorted(Path(__file__).parent.glob("*.py"))
    for source in sources:
        digest.update(source.read_bytes())
    if not sources:
        return None
    kept = KeptShapes(user_cache_path("ptxenergy") / f"shapes-{digest.hexdigest()[:32]}")
    atexit.register(kept.keep)
    return kept
