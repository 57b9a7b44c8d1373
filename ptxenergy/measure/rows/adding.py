"""What was measured elsewhere, added to a data set: rows, campaigns, counters, verdicts, probe."""

from __future__ import annotations

from pathlib import Path

from ptxenergy.errors import PtxEnergyError

_LINES = ("counters.jsonl", "verified.jsonl")
_PROBE = "probe.json"


class AddingError(PtxEnergyError):
    """Something measured that would overwrite what a data set holds."""

    code = "adding"


def add(source: Path, target: Path) -> dict[str, int]:
    """Add the data set `source` to `target`, and say how many of each came in.

    A campaign that is there already must be the same, or have gone on since. Lines of counters and
    verdicts that are there are not added again. The source's probe replaces the target's. Nothing
    is written where AddingError is raised.
    """
    files = _new_files(source, target)
    lines = {name: _new_lines(source / name, target / name) for name in _LINES}
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, new in lines.items():
        if new:
            with (target / name).open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in new))
    if (source / _PROBE).exists():
        (target / _PROBE).write_bytes((source / _PROBE).read_bytes())
    campaigns = sum(path.parent.name == "campaigns" for path in files)
    return {"campaigns": campaigns, **{Path(name).stem: len(new) for name, new in lines.items()}}


def _new_files(source: Path, target: Path) -> dict[Path, bytes]:
    """Rows and campaigns that the target lacks, or has not to the end."""
    found: dict[Path, bytes] = {}
    for rows in sorted((source / "rows").glob("*.csv")):
        there, content = target / "rows" / rows.name, rows.read_bytes()
        if there.exists() and not content.startswith(there.read_bytes()):
            raise AddingError(f"{there} holds other rows than {rows}: nothing was added")
        if there.exists() and there.read_bytes() == content:
            continue
        found[there] = content
        campaign = source / "campaigns" / f"{rows.stem}.json"
        if campaign.exists():
            found[target / "campaigns" / campaign.name] = campaign.read_bytes()
    if not (source / "rows").is_dir():
        raise AddingError(f"{source} is no data set: it has no folder `rows`")
    return found


def _new_lines(source: Path, target: Path) -> list[str]:
    """Whole lines of a file that another lacks, in order."""
    known = set(_whole_lines(target))
    return [line for line in _whole_lines(source) if line not in known]


def _whole_lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()
