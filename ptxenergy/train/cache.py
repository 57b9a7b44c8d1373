"""Features kept by content: the same launch of the same PTX by the same code is counted once."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path

from msgspec import to_builtins
from msgspec.structs import asdict

from ptxenergy.features.vector import feature_set
from ptxenergy.gpu.spec import Gpu
from ptxenergy.shipped import shipped
from ptxenergy.train.rows import Launched
from ptxenergy.train.table import Counted

# What a count depends on. Training and reports may change without making it stale.
_ROOMS = ("ptx", "program", "gpu", "launch", "features", "model", "pipeline.py")


class FeatureCache:
    """Counted launches as JSON files in the user's cache folder (or another)."""

    def __init__(self, folder: Path | None = None) -> None:
        from platformdirs import user_cache_path

        self._folder = folder or user_cache_path("ptxenergy") / "features"

    def get(self, key: str) -> Counted | str | None:
        """What is known under a key: counts, why there are none, or nothing."""
        try:
            known = json.loads(self._path(key).read_text(encoding="utf-8"))
            if "error" in known:
                return str(known["error"])
            return Counted(
                tuple(map(float, known["features"])),
                float(known["bound_time_s"]),
                float(known["bound_power_w"]),
                {str(name): float(share) for name, share in known["shares"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, key: str, found: Counted | str) -> None:
        """Keep counts, or why there are none. A cache that cannot be written is no error."""
        known = {"error": found} if isinstance(found, str) else asdict(found)
        path = self._path(key)
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(known), encoding="utf-8")
            partial.replace(path)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key[2:]}.json"


def key_of(launched: Launched, ptx: bytes, gpu: Gpu) -> str:
    """A hash of everything that the counts of a launch follow from; where its PTX lies does not."""
    asked = {name: v for name, v in to_builtins(launched).items() if name not in _NOT_COUNTED}
    text = json.dumps(asked, sort_keys=True, default=str)
    version = feature_set().version
    digest = hashlib.sha256(f"{code_sha256()}\0{version}\0{gpu!r}\0{text}\0".encode())
    digest.update(hashlib.sha256(ptx).digest())
    return digest.hexdigest()


@cache
def code_sha256() -> str:
    """A hash of the code that counts, so that a change of it makes every known count stale."""
    package = Path(__file__).resolve().parent.parent
    files = [shipped("grammar", "ptx.lark")]
    for room in _ROOMS:
        place = package / room
        files += [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for path in files:
        if path.suffix != ".pyc":
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


_NOT_COUNTED = frozenset({"ptx_path", "ptx_sha256"})
