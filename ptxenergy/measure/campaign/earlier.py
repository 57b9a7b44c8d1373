"""What earlier campaigns measured well, by point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ptxenergy.measure.planning.deciding import Earlier
from ptxenergy.measure.rows.row import complete_lines


def earlier_rows(folders: Iterable[Path], gpu: str) -> dict[str, list[Earlier]]:
    """{point id: its good measurements on this kind of GPU, in order of time}; anchors are none."""
    lines = [
        line
        for folder in folders
        for path in sorted((folder / "rows").glob("*.csv"))
        for line in complete_lines(path)
        if line["ok"] == "true" and line["gpu"] == gpu and line["is_anchor"] == "false"
    ]
    found: dict[str, list[Earlier]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line["started_utc"]):
        found[line["point_id"]].append(
            Earlier(
                float(line["energy_j"]),
                float(line["time_s"]),
                int(line["registers_per_thread"]),
                int(line["static_shared_bytes"]),
            )
        )
    return dict(found)
