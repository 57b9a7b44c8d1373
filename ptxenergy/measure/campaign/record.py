"""What is known of a campaign beside its rows: `campaigns/ID.json`, kept true as it goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ptxenergy.measure.campaign.runner import Failure
from ptxenergy.measure.rows.row import complete_lines


class Record:
    """The metadata of one campaign of a data set, and where its rows lie."""

    def __init__(self, out: Path, campaign_id: str) -> None:
        self.campaign_id = campaign_id
        self.path = out / "campaigns" / f"{campaign_id}.json"
        self.rows = out / "rows" / f"{campaign_id}.csv"

    def read(self) -> dict[str, Any]:
        """What is known; nothing where the campaign has not begun."""
        if not self.path.exists():
            return {}
        known: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return known

    def note(self, known: Mapping[str, Any]) -> None:
        """Add to what is known."""
        write_json(self.path, {**self.read(), **known})

    def note_failure(self, failure: Failure) -> None:
        """Add a point that did not run."""
        self.note({"failures": [*self.read().get("failures", []), asdict(failure)]})

    def end(self) -> None:
        """Note how many rows there are; the hash lets `dataset check` see edits.

        Rows are counted on disk: an interrupt may come between a row and its being counted.
        """
        written = complete_lines(self.rows)
        digest = hashlib.sha256(self.rows.read_bytes()).hexdigest() if self.rows.exists() else ""
        good = sum(row["ok"] == "true" for row in written)
        self.note({"rows": len(written), "good": good, "rows_sha256": digest})


def lost_points(folders: Iterable[Path]) -> Iterator[str]:
    """Ids of the points of some data sets that took a device along: never to be tried again."""
    for folder in folders:
        for path in sorted((folder / "campaigns").glob("*.json")):
            for failure in json.loads(path.read_text(encoding="utf-8")).get("failures", ()):
                if failure["is_lost"]:
                    yield failure["point_id"]


def write_json(path: Path, value: Any) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)
