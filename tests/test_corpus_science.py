"""Simulation, search, vision and compiler-made kernels of the corpus give the right answers.

Like `test_corpus_results.py`: run by the reference interpreter on real data.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.corpus.running import Array, run


def _random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _integers(low: int, high: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int32)


def _near(actual: Array, expected: Array, relative: float = 1e-4) -> None:
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=relative)


def test_stencils() -> None:
    grid = _random(5, 12, 40)
    arguments = [grid, np.zeros_like(grid), 40, 12, 5, -6.0, 1.0]
    file = "nvcc-13.0/sm_90/stencil.ptx"
    result = run(file, "stencil_3d7", ("2x2", "32x8"), arguments)[1]
    inner = (slice(1, -1),) * 3
    around = sum(np.roll(grid, s, axis) for s in (1, -1) for axis in range(3))
    _near(result[inner], (around - 6 * grid)[inner])
    wide, weights = grid.astype(np.float64), [-4.0, 0.4, 0.1, 0.05]
    fields = {f"{8 * i}:f64": weight for i, weight in enumerate(weights)}
    arguments = [wide, np.zeros_like(wide), 40, 12, 5, fields]
    result = run(file, "stencil_3d27", ("2x3x2", "32x4x2"), arguments)[1]
    expected = np.zeros_like(wide) + sum(
        weights[abs(x) + abs(y) + abs(z)] * np.roll(wide, (z, y, x), (0, 1, 2))
        for x in (-1, 0, 1)
        for y in (-1, 0, 1)
        for z in (-1, 0, 1)
    )
    _near(result[inner], expected[inner])


def test_jacobi_sweep_and_residual() -> None:
    u, f = _random(10, 40).astype(np.float64), _random(10, 40, seed=1).astype(np.float64)
    arguments = [u, f, np.zeros_like(u), np.zeros(1), 40, 10, 0.25]
    result = run("nvcc-13.0/sm_90/jacobi.ptx", "jacobi", ("2x2", "32x8"), arguments)
    wide = np.pad(u, 1)
    around = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    expected = 0.25 * (around - 0.25 * f)
    _near(result[2], expected, 1e-9)
    _near(result[3], np.array([np.sum((expected - u) ** 2)]), 1e-9)


def test_gravity() -> None:
    places = np.abs(_random(40, 4))
    speeds = np.zeros((40, 4), np.float32)
    arguments = [places, speeds, np.zeros_like(speeds), 40, 0.1, 0.01]
    for file in ("nvcc-13.0/sm_90/n_body.ptx", "nvrtc-11.8/sm_50/n_body.ptx"):
        result = run(file, "n_body", ("2", "32"), arguments, 512)
        away = places[None, :, :3] - places[:, None, :3]
        pull = places[None, :, 3] / (np.sum(away**2, 2) + 0.01) ** 1.5
        _near(result[1][:, :3], 0.1 * np.sum(away * pull[..., None], 1))


def test_lu_panel_factorises() -> None:
    panel = _random(16, 20).astype(np.float64)
    arguments = [panel, np.zeros(16, np.int32), 20, 20]
    file = "nvcc-13.0/sm_90/factorise.ptx"
    factors, pivots = run(file, "lu_panel", ("1", "32"), arguments, 20 * 16 * 8)
    lower, upper = np.tril(factors.T, -1) + np.eye(20, 16), np.triu(factors.T[:16])
    rows = np.arange(20)
    for step, pivot in enumerate(pivots):
        rows[[step, pivot]] = rows[[pivot, step]]
    _near(lower @ upper, panel.T[rows], 1e-9)


def test_option_prices_obey_parity() -> None:
    spot, strike = np.linspace(80, 120, 40, dtype=np.float32), np.full(40, 100, np.float32)
    years, zeros = np.full(40, 0.5, np.float32), np.zeros(40, np.float32)
    for file in ("nvcc-13.0/sm_90/finance.ptx", "nvcc-13.0/sm_90/finance.fastmath.ptx"):
        arguments = [spot, strike, years, zeros, zeros, 0.02, 0.3, 40]
        result = run(file, "black_scholes", ("1", "32"), arguments)
        call, put = result[3], result[4]
        _near(call - put, spot - strike * np.exp(-0.01), 1e-3)
        assert np.all(np.diff(call) > 0)
        assert abs(np.interp(100, spot, call) - 8.916) < 0.02


def test_hash_table_keeps_every_key() -> None:
    keys = np.unique(_integers(1, 1 << 30, 60)).astype(np.uint32)
    table = np.full(128, 0xFFFFFFFFFFFFFFFF, np.uint64)
    arguments = [keys, np.arange(len(keys), dtype=np.uint32), table, 127, len(keys)]
    file = "nvcc-13.0/sm_90/hash_table.ptx"
    table = run(file, "hash_insert", ("2", "32"), arguments)[2]
    stored = {int(entry) >> 32: int(entry) & 0xFFFFFFFF for entry in table if entry != 2**64 - 1}
    assert stored == {int(key): place for place, key in enumerate(keys)}


def test_alignment_score() -> None:
    first, second = _integers(0, 4, 32).astype(np.int8), _integers(0, 4, 32, seed=1).astype(np.int8)
    match = np.full((24, 24), -1, np.int32)
    np.fill_diagonal(match, 2)
    scores = np.zeros((33, 33), np.int32)
    scores[0], scores[:, 0] = -3 * np.arange(33), -3 * np.arange(33)
    arguments = [first, second, match, scores, 33, 3, 0, 0]
    file = "nvcc-13.0/sm_90/alignment.ptx"
    result = run(file, "needleman_wunsch", ("1", "32"), arguments)[3]
    expected = scores.copy()
    for y in range(32):
        for x in range(32):
            gap = max(expected[y, x + 1], expected[y + 1, x]) - 3
            expected[y + 1, x + 1] = max(gap, expected[y, x] + match[second[y], first[x]])
    np.testing.assert_array_equal(result, expected)


def test_hamming_and_sobel() -> None:
    codes = _integers(0, 1 << 30, 2, 50).astype(np.uint64)
    query = codes[:, 7].copy()
    arguments = [codes, query, np.zeros(50, np.uint8), 2, 25, 50]
    near = run("nvcc-13.0/sm_75/bits.ptx", "hamming", ("2", "32"), arguments)[2]
    distance = sum(np.vectorize(lambda x: int(x).bit_count())(codes[i] ^ query[i]) for i in (0, 1))
    np.testing.assert_array_equal(near, distance <= 25)
    image = _integers(0, 256, 10, 40, 4).astype(np.uint8)
    arguments = [image, np.zeros((10, 40), np.uint8), 40, 10, 0]
    file = "nvcc-13.0/sm_90/image_filters.ptx"
    result = run(file, "sobel", ("2x2", "32x8"), arguments)[1]
    grey = (image[..., :3].astype(int) @ [77, 150, 29]) >> 8
    smooth = np.array([1, 2, 1])
    gx = sum(w * (grey[i : i + 8, 2:] - grey[i : i + 8, :-2]) for i, w in enumerate(smooth))
    gy = sum(w * (grey[2:, i : i + 38] - grey[:-2, i : i + 38]) for i, w in enumerate(smooth))
    np.testing.assert_array_equal(result[1:-1, 1:-1], np.minimum(abs(gx) + abs(gy), 255))


def test_max_pool_and_suppression() -> None:
    image = _integers(-100, 100, 2, 9, 9).astype(np.int16)
    arguments = [image, np.zeros((2, 4, 4), np.int16), np.zeros((2, 4, 4), np.uint8)]
    shape = ("1", "32")
    file = "nvcc-13.0/sm_90/vision.ptx"
    result = run(file, "max_pool", shape, [*arguments, 9, 9, 4, 4, 3, 2, 32])[1]
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (1, 2))[:, ::2, ::2]
    np.testing.assert_array_equal(result, windows.max((3, 4)))
    boxes = np.array([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]], np.float32)
    arguments = [boxes, np.zeros(3, np.uint64), 3, 0.5]
    masks = run(file, "suppress_boxes", ("1x1", "64"), arguments)[1]
    assert list(masks) == [2, 0, 0]


def test_rays_meet_the_nearest_triangle() -> None:
    node = np.dtype([("low", "3f4"), ("first", "i4"), ("high", "3f4"), ("count", "i4")])
    tree = np.zeros(3, node)
    tree["low"], tree["high"] = [[0, 0, 1], [0, 0, 1], [0, 0, 2]], [[1, 1, 2], [1, 1, 1], [1, 1, 2]]
    tree["first"], tree["count"] = [1, 0, 1], [0, 1, 1]
    corners = [[0, 0], [1, 0], [0, 1]]
    triangles = np.array([[*c, z] for z in (1, 2) for c in corners], np.float32)
    origins = np.array([[0.2, 0.3, 0], [0.2, 0.3, 1.5], [5, 5, 0]], np.float32)
    along = np.array([[1e-6, 1e-6, 1]] * 3, np.float32)
    arguments = [tree, triangles, origins, along, np.zeros((3, 2), np.float32), 3]
    file = "nvcc-13.0/sm_90/bounding_volumes.ptx"
    hits = run(file, "closest_hit", ("1", "32"), [tree.view(np.uint8), *arguments[1:]])[4]
    _near(hits[:2, 0], np.array([1.0, 0.5]))
    assert list(hits[:, 1].copy().view(np.int32)) == [0, 1, -1]


@pytest.mark.parametrize("target", ["cc_75", "cc_80", "cc_90", "cc_100", "cc_120"])
def test_triton_adds(target: str) -> None:
    x, y, none = _random(1000), _random(1000, seed=1), np.zeros(1, np.uint64)
    arguments = [x, y, np.zeros(1000, np.float32), 1000, none, none]
    result = run(f"triton-3.9.0/{target}/tl_add.ptx", "add_relu", ("1", "128"), arguments)
    _near(result[2], np.maximum(x + y, 0))


@pytest.mark.parametrize("target", ["cc_80", "cc_90"])
def test_triton_recurrence_and_softmax(target: str) -> None:
    none = np.zeros(1, np.uint64)
    rows = _random(1, 2048).astype(np.float16)
    arguments = [np.zeros_like(rows), rows, 2048, 1900, none, none]
    file = f"triton-3.9.0/{target}/tl_softmax.ptx"
    result = run(file, "row_softmax", ("1", "256"), arguments, 32)[0][0, :1900]
    weights = np.exp(rows[0, :1900].astype(np.float64))
    _near(result, weights / weights.sum(), 1e-3)
    decay, drive = np.random.default_rng(0).random((2, 70, 32), np.float32)
    arguments = [decay, drive, np.zeros_like(drive), 70, 32, none, none]
    file = f"triton-3.9.0/{target}/tl_scan.ptx"
    result = run(file, "linear_recurrence", ("1", "128"), arguments, 4096)[2]
    state, expected = np.zeros(32), []
    for a, b in zip(decay, drive, strict=True):
        state = a * state + b
        expected.append(state)
    _near(result, np.array(expected), 1e-3)


def test_numba_walks_trees() -> None:
    rows = _random(40, 3)
    features, thresholds = np.array([0, 2, 1], np.int32), np.array([0.0, 0.5, -0.5], np.float32)
    children = np.array([[1, -1], [-2, -3], [-3, -2]], np.int32)
    leaves, roots = np.array([1.0, 2.0, 4.0], np.float32), np.array([0, 2], np.int32)
    arguments: list[object] = []
    for array in (rows, features, thresholds, children, leaves, roots, np.zeros(40, np.float32)):
        none = np.zeros(1, np.uint64)
        arguments += [none, none, array.size, array.itemsize, array, *array.shape, *array.strides]
    result = run("numba-cuda-0.30.4/cc_90/nb_forest.ptx", "forest", ("2", "32"), arguments)[-1]
    expected = np.zeros(40)
    for at, row in enumerate(rows):
        for root in roots:
            place = int(root)
            while place >= 0:
                place = int(children[place, int(row[features[place]] > thresholds[place])])
            expected[at] += leaves[-place - 1] / 2
    _near(result, expected)
