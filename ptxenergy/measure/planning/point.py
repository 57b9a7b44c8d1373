"""One point of a plan: what to launch, with which data, and how it is to be measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ptxenergy.errors import PtxEnergyError
from ptxenergy.measure.kernels.kernel import Data, Extent


class BadPlanError(PtxEnergyError, ValueError):
    """A plan that cannot be read, or whose points do not fit their ids."""

    code = "plan"


@dataclass(frozen=True, slots=True)
class Point:
    """A launch to measure. Everything that changes its energy is here, and so in its `point_id`.

    `study` is `breadth`, `shape`, `short`, `long`, `blocks`, `data` or `anchor`; it is not part
    of the identity, nor is `pins`, which follows from the data. `scalars` maps a parameter's
    index to its value; pointers are not listed. `buffer_sets` is 1 for a warm cache.
    """

    kernel: str
    family: str
    entry: str
    source_sha256: str
    ptx_path: str
    ptx_sha256: str
    compile_options: tuple[str, ...]
    size: Mapping[str, int]
    grid: Extent
    block: Extent
    dynamic_shared_bytes: int
    scalars: Mapping[int, int | float]
    footprint_bytes: int
    buffer_sets: int = 1
    cache_mode: str = "warm"
    data: Data = field(default_factory=Data)
    pins: tuple[Mapping[str, float | int | str], ...] = ()
    study: str = "breadth"

    @property
    def point_id(self) -> str:
        """16 hexadecimal digits: a hash of source, parameters, launch, data and cache mode."""
        identity = asdict(self)
        for name in ("pins", "study", "ptx_path", "ptx_sha256", "footprint_bytes", "family"):
            del identity[name]
        text = json.dumps(identity, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_plan(points: Iterable[Point], path: Path) -> None:
    """Write a plan as JSON lines, one point a line, in plan order; defaults are left out."""
    lines = []
    for point in points:
        fields = {
            name: value
            for name, value in asdict(point).items()
            if name not in _DEFAULTS or getattr(point, name) != _DEFAULTS[name]
        }
        fields["point_id"] = point.point_id
        lines.append(json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_plan(path: Path) -> Iterator[Point]:
    """The points of a plan, in plan order.

    Raises BadPlanError where the file cannot be read or an id does not fit its point.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadPlanError(f"the plan cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            point, point_id = _read_point(line)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadPlanError(f"{path}:{number}: this is no point of a plan: {error}") from error
        if point.point_id != point_id:
            raise BadPlanError(f"{path}:{number}: point {point_id} was edited by hand")
        yield point


def _read_point(line: str) -> tuple[Point, str]:
    """A point and the id that its line gives it."""
    fields = json.loads(line)
    point_id = fields.pop("point_id")
    fields["grid"], fields["block"] = Extent(*fields["grid"]), Extent(*fields["block"])
    fields["data"] = Data(**fields["data"]) if "data" in fields else Data()
    fields.setdefault("dynamic_shared_bytes", 0)
    fields["scalars"] = {int(index): value for index, value in fields["scalars"].items()}
    fields["compile_options"] = tuple(fields["compile_options"])
    fields["pins"] = tuple(fields.get("pins", ()))
    return Point(**fields), point_id


_DEFAULTS = {
    "buffer_sets": 1,
    "cache_mode": "warm",
    "data": Data(),
    "pins": (),
    "study": "breadth",
    "dynamic_shared_bytes": 0,
}
"""What a line of a plan need not say."""
