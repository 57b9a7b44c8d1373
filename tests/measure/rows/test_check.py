"""The checker names each fault by file and row."""

from pathlib import Path

import pytest

from ptxenergy.measure.rows.check import check
from ptxenergy.measure.rows.dictionary import DICTIONARY, as_markdown
from ptxenergy.measure.rows.quality import FATAL
from ptxenergy.measure.rows.row import COLUMNS


def edit(folder: Path, row: int, column: str, text: str) -> None:
    path = folder / "rows" / "run.csv"
    lines = path.read_text().splitlines()
    import csv

    cells = next(csv.reader([lines[row]]))
    cells[COLUMNS.index(column)] = text
    with path.open("w", newline="") as file:
        file.write("\n".join(lines[:row]) + "\n")
        csv.writer(file, lineterminator="\n").writerow(cells)
        file.write("".join(line + "\n" for line in lines[row + 1 :]))


def test_the_dictionary_describes_every_column_and_no_other() -> None:
    assert tuple(DICTIONARY) and set(DICTIONARY) == set(COLUMNS)
    assert all(name in as_markdown() for name in COLUMNS)


def test_the_documentation_shows_the_dictionary_and_every_flag() -> None:
    """To take over a change: put `as_markdown()` in place of the table."""
    text = (Path(__file__).parents[3] / "docs" / "measuring.md").read_text(encoding="utf-8")
    assert as_markdown() in text
    assert all(f"| `{flag}` |" in text for flag in (*FATAL, "power-capped"))


def test_rows_of_too_few_or_too_many_cells_are_found(folder: Path) -> None:
    path = folder / "rows" / "run.csv"
    lines = path.read_text().splitlines()
    short, long = lines[1].rpartition(",")[0], lines[2] + ",more"
    path.write_text("\n".join([lines[0], short, long, *lines[3:]]) + "\n")
    assert [fault.row for fault in check(folder)] == [1, 2]
    assert all("cells" in str(fault) for fault in check(folder))


def test_a_campaign_of_the_runner_passes(folder: Path) -> None:
    assert check(folder) == []


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("time_s", "-1.0", "lies outside"),
        ("time_s", "nan", "in a good row"),
        ("power_w", "12345.0", "lies outside"),
        ("energy_j", "1.0", "is not power_w × time_s"),
        ("ok", "yes", "neither true nor false"),
        ("point_id", "xyz", "not 16 hexadecimal digits"),
        ("size", "{", "not JSON"),
        ("grid_x", "1.5", "not an integer"),
        ("kernel", "", "is empty"),
        ("flags", "power-spread", "is ok and yet flagged"),
    ],
)
def test_a_fault_is_found_and_named(folder: Path, column: str, text: str, message: str) -> None:
    edit(folder, 3, column, text)
    faults = check(folder)
    assert [fault.row for fault in faults] == [3]
    assert message in str(faults[0])
    assert "run.csv: row 3" in str(faults[0])


def test_duplicates_are_found(folder: Path) -> None:
    path = folder / "rows" / "run.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n")
    assert [fault.row for fault in check(folder)] == [len(lines)]


def test_simulated_rows_can_never_stand_in_a_real_data_set(folder: Path) -> None:
    real = folder.with_name("h200")
    folder.rename(real)
    faults = check(real)
    assert len(faults) >= 8
    assert all("is simulated" in str(fault) for fault in faults)


def test_another_schema_is_refused(folder: Path) -> None:
    path = folder / "rows" / "run.csv"
    path.write_text(path.read_text().replace("energy_j,", "energy_mj,", 1))
    assert "energy_mj" in str(check(folder)[0])
