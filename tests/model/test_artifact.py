"""The model file: what is written is read again, and nothing else is believed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.errors import PtxEnergyError
from ptxenergy.model.artifact import Model, ModelError, read, save
from tests.model.handmade_model import CALIBRATION, model

ROWS = np.array([[0.5, 3.0], [2.0, np.nan], [np.nan, np.nan]])


def written(made: Model, path: Path) -> Path:
    save(made, path)
    return path


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    made = model()
    again = read(written(made, tmp_path / "h200.npz"))
    assert again.header == made.header
    for name, values in made.corrections_log(ROWS).items():
        assert np.array_equal(again.corrections_log(ROWS)[name], values)
    assert np.array_equal(again.neighbours.distances(ROWS), made.neighbours.distances(ROWS))


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(model(), tmp_path / name) for name in ("a.npz", "b.npz"))
    assert first.read_bytes() == second.read_bytes()


def test_an_id_names_contents() -> None:
    assert model().header.model_id == model().header.model_id
    assert model(rows=3).header.model_id != model().header.model_id


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    written(model(), tmp_path / "h200.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["h200.npz"]


def repacked(path: Path, **changes: np.ndarray) -> Path:
    with np.load(path) as packed:
        arrays = {name: packed[name] for name in packed.files} | changes
    packed_again = io.BytesIO()
    np.savez_compressed(packed_again, **arrays)
    path.write_bytes(packed_again.getvalue())
    return path


def header_bytes(path: Path, **changes: object) -> np.ndarray:
    with np.load(path) as packed:
        known = json.loads(packed["header"].tobytes())
    return np.frombuffer(json.dumps(known | changes).encode(), dtype=np.uint8)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = written(model(), tmp_path / "h200.npz")
    repacked(path, header=header_bytes(path, schema="ptxenergy.model/99"))
    with pytest.raises(ModelError, match="model/99"):
        read(path)


@pytest.mark.parametrize("change", [{"unheard_of": 1}, {"calibration": {}}, {"feature_names": []}])
def test_a_damaged_header_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = written(model(), tmp_path / "h200.npz")
    repacked(path, header=header_bytes(path, **change))
    with pytest.raises(ModelError, match="no model"):
        read(path)


def test_intervals_that_do_not_grow_with_distance_are_refused(tmp_path: Path) -> None:
    still = replace(CALIBRATION, slope=0.0)
    with pytest.raises(ModelError, match="do not grow"):
        read(written(model(calibration=still), tmp_path / "h200.npz"))


def test_damaged_trees_are_refused(tmp_path: Path) -> None:
    path = repacked(
        written(model(), tmp_path / "h200.npz"), **{"time.left": np.zeros(3, dtype=np.int32)}
    )
    with pytest.raises(PtxEnergyError, match="damaged"):
        read(path)


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = repacked(
        written(model(), tmp_path / "h200.npz"), **{"time.value": np.array([{}], dtype=object)}
    )
    with pytest.raises(ModelError, match="no model"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"text"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h200.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="no model"):
        read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.npz"):
        read(tmp_path / "nowhere.npz")


def test_simulated_models_stay_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="simulated"):
        save(model(gpu="simulated"), tmp_path / "h200.npz")
    with pytest.raises(ModelError, match="simulated"):
        save(model(), tmp_path / "simulated" / "h200.npz")
    save(model(gpu="simulated"), tmp_path / "simulated" / "simulated.npz")
