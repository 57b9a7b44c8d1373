"""Machine-learning, data and library-function kernels of the corpus give the right answers.

Like `test_corpus_results.py`: run by the reference interpreter on real data.
"""

from __future__ import annotations

import math

import numpy as np

from tests.corpus.running import Array, run


def _random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _integers(low: int, high: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int32)


def _near(actual: Array, expected: Array, relative: float = 1e-4) -> None:
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=relative)


def test_convolutions() -> None:
    file = "nvcc-13.0/sm_90/convolution.ptx"
    image, filters = _random(2, 9, 20), _random(3, 2, 3, 3, seed=1)
    bias, out = _random(3, seed=2), np.zeros((3, 9, 20), np.float32)
    arguments = [image, filters, bias, out, 2, 9, 20]
    result = run(file, "convolve_3x3", ("2x1x3", "16x16"), arguments)[3]
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(image, ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2)
    )
    expected = np.einsum("cyxij,fcij->fyx", windows, filters) + bias[:, None, None]
    _near(result, np.maximum(expected, 0))
    channels_last, weights = _random(9, 20, 5), _random(5, 5, 5, seed=1)
    arguments = [channels_last, weights, np.zeros((9, 20, 5), np.float32), 9, 20, 5, 1]
    result = run(file, "depthwise_5x5", ("1x3x9", "32x8"), arguments)[2]
    wide = np.pad(channels_last, ((2, 2), (2, 2), (0, 0)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (5, 5), (0, 1))
    _near(result, np.einsum("yxcij,ijc->yxc", windows, weights))


def test_matrix_times_vector() -> None:
    a, x = _random(10, 160), _random(160, seed=1)
    arguments = [a, x, np.zeros(10, np.float32), 10, 40]
    _near(run("nvcc-13.0/sm_90/gemv.ptx", "gemv", ("5", "64"), arguments)[2], a @ x)
    nibbles = _integers(0, 16, 4, 128)
    words = np.zeros((4, 16), np.uint32)
    for place, shift in enumerate((0, 16, 4, 20, 8, 24, 12, 28)):
        words |= nibbles[:, place::8].astype(np.uint32) << np.uint32(shift)
    scales = np.tile(np.array([0.5, 8.0], np.float16), (4, 2, 1))
    half = _random(128, seed=2).astype(np.float16)
    arguments = [words, scales, half, np.zeros(4, np.float32), 2]
    file = "nvcc-13.0/sm_90/dequantise.ptx"
    product = run(file, "gemv_int4", ("2", "32x2"), arguments)[3]
    expected = (0.5 * (nibbles - 8.0)) @ half.astype(np.float64)
    assert np.all(np.abs(product - expected) < 0.5)
    rows = _random(2, 80)
    arguments = [rows, np.zeros((2, 80), np.int8), np.zeros(2, np.float32), 20]
    result = run(file, "quantise_rows", ("2", "32"), arguments)
    assert np.all(np.abs(result[1] * result[2][:, None] - rows) <= result[2][:, None] * 0.51)


def test_transformer_pieces() -> None:
    file = "nvcc-13.0/sm_90/transformer.ptx"
    x = _random(64).astype(np.float16)
    result = run(file, "gelu_half2", ("1", "32"), [x, np.zeros_like(x), 32])[1]
    wide = x.astype(np.float64)
    _near(result, 0.5 * wide * (1 + np.tanh(0.79788456 * (wide + 0.044715 * wide**3))), 0.01)
    tokens, table, places = _integers(0, 9, 2, 3), _random(9, 8), _random(3, 8, seed=1)
    arguments = [tokens, table, places, np.zeros((2, 3, 8), np.float32), 3, 2, 9]
    result = run(file, "gather_embeddings", ("3x2", "32"), arguments)[3]
    _near(result, table[tokens] + places)
    pairs, at = _random(2, 1, 4, 2), np.array([3, 200000], np.int32)
    arguments = [pairs, at, 2, 1, 4, math.log(10000.0)]
    result = run(file, "rotate_positions", ("1", "32"), arguments)[0]
    angles = at[:, None, None] * 10000.0 ** (-np.arange(4) / 4)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angles)
    _near(result[0], np.stack([turned.real, turned.imag], -1)[0], 1e-3)


def test_paged_attention() -> None:
    query, pages = _random(1, 1, 128).astype(np.float16), _integers(0, 4, 2)
    keys, values = (_random(4 * 16, 128, seed=s).astype(np.float16) for s in (1, 2))
    pages[1] = (pages[0] + 1) % 4
    out, length = np.zeros((1, 1, 128), np.float16), np.array([21], np.int32)
    arguments = [query, keys, values, pages, length, out, 1, 2, 0.1]
    file = "nvcc-13.0/sm_90/paged_attention.ptx"
    result = run(file, "paged_attention", ("1x1", "128"), arguments, 128)[5]
    rows = np.concatenate([np.arange(16) + 16 * pages[0], np.arange(5) + 16 * pages[1]])
    scores = 0.1 * keys[rows].astype(float) @ query[0, 0].astype(float)
    weights = np.exp(scores - scores.max())
    _near(result[0, 0], weights / weights.sum() @ values[rows].astype(float), 2e-3)


def test_training_steps() -> None:
    file = "nvcc-13.0/sm_90/training.ptx"
    weights, gradients = _random(50), _random(50, seed=1)
    moments = np.zeros((50, 2), np.float32)
    numbers = [0.1, 0.9, 0.99, 1e-8, 0.01, 0.1, 0.01]
    settings = {f"{4 * i}:f32": number for i, number in enumerate(numbers)}
    flag = np.zeros(1, np.int32)
    result = run(file, "adam", ("1", "32"), [weights, moments, gradients, flag, settings, 50])
    _near(result[0], weights - 0.1 * (np.sign(gradients) + 0.01 * weights), 1e-3)
    skipped = run(file, "adam", ("1", "32"), [weights, moments, gradients, flag + 1, settings, 50])
    np.testing.assert_array_equal(skipped[0], weights)
    ones = np.ones((64, 4), np.float32)
    result = run(file, "dropout", ("2", "32"), [ones, np.zeros_like(ones), 0.75, 7, 3, 64])
    assert set(np.unique(result[1]).round(4)) == {0.0, np.float32(1.3333)}
    assert 0.6 < np.mean(result[1] > 0) < 0.9
    logits = _random(2, 70).astype(np.float16)
    arguments = [logits, np.array([5, -100], np.int32), np.zeros(2, np.float32), 70, -100]
    gradient, _, losses = run(file, "cross_entropy", ("2", "64"), arguments)
    share = np.exp(logits[0].astype(float)) / np.exp(logits[0].astype(float)).sum()
    _near(losses[0], -np.log(share[5]), 1e-3)
    _near(gradient[0], share - (np.arange(70) == 5), 2e-3)
    assert not gradient[1].any()


def test_clustering_and_neighbours() -> None:
    file = "nvcc-13.0/sm_90/clustering.ptx"
    points, centres = _random(3, 60), _random(4, 3, seed=1)
    labels, sums, counts = (
        np.zeros(60, np.int32),
        np.zeros((4, 3), np.float32),
        np.zeros(4, np.int32),
    )
    arguments = [points, centres, labels, sums, counts, 60, 4, 3]
    result = run(file, "k_means_assign", ("2", "32"), arguments, 48)
    expected = np.argmin(((points.T[:, None] - centres) ** 2).sum(2), 1)
    np.testing.assert_array_equal(result[2], expected)
    np.testing.assert_array_equal(result[4], np.bincount(expected, minlength=4))
    queries, cloud = _random(5, 3), _random(40, 3, seed=1)
    arguments = [queries, cloud, np.zeros((5, 8), np.float32), 5, 40]
    nearest = run(file, "nearest_eight", ("1", "32"), arguments)[2]
    _near(nearest, np.sort(np.linalg.norm(queries[:, None] - cloud, axis=2), 1)[:, :8])


def test_histogram() -> None:
    data = _integers(0, 256, 400).astype(np.uint8)
    arguments = [data, np.zeros(256, np.uint32), 100]
    file = "nvcc-13.0/sm_75/histogram.ptx"
    result = run(file, "histogram_bytes", ("2", "64"), arguments)[1]
    np.testing.assert_array_equal(result, np.bincount(data, minlength=256))


def test_graphs_converge() -> None:
    edges = np.array([[0, 1], [1, 2], [3, 4], [5, 4], [6, 6]], np.int32)
    arguments = [edges, np.arange(7, dtype=np.int32), 5]
    file = "nvcc-13.0/sm_90/graph.ptx"
    parents = run(file, "hook_components", ("1", "32"), arguments)[1]
    roots = []
    for node in range(7):
        while parents[node] != node:
            node = parents[node]
        roots.append(node)
    assert roots == [0, 0, 0, 3, 3, 3, 6]
    starts, sources = np.array([0, 1, 3, 3], np.int32), np.array([1, 0, 2], np.int32)
    shares, degrees = np.full(3, 1 / 3, np.float32), np.array([1, 1, 1], np.int32)
    arguments = [starts, sources, shares, degrees, np.zeros(3, np.float32), np.zeros(1), 0.85, 3]
    result = run(file, "page_rank_pull", ("1", "32"), arguments)
    _near(result[4], 0.05 + 0.85 * np.array([1 / 3, 2 / 3, 0]))


def test_particles() -> None:
    file = "nvcc-13.0/sm_90/particles.ptx"
    atoms = np.array([[0, 0, 0, 0], [1.2, 0, 0, 0], [9.5, 0, 0, 0]], np.float64)
    neighbours, counts = np.array([[1, 0, 0], [2, 2, 1]], np.int32), np.full(3, 2, np.int32)
    arguments = [atoms, neighbours, counts, np.zeros((3, 4)), 3, 10.0, 6.25]
    forces = run(file, "lennard_jones", ("1", "32"), arguments)[3]
    _near(forces[:, :3].sum(0), np.zeros(3), 1e-9)
    energy = sum(4 * (r**-12 - r**-6) for r in (1.2, 0.5, 1.7))
    _near(forces[:, 3].sum(), np.array(energy), 1e-9)
    charges = np.abs(_random(20, 4))
    result = run(
        file, "deposit_charge", ("1", "32"), [charges, np.zeros(512, np.float32), 20, 8, 1.0]
    )
    _near(result[1].sum(), charges[:, 3].sum())


def test_fluids_keep_what_they_must() -> None:
    fields = np.ones((4, 2, 5))
    fields[1], fields[2], fields[3] = 0.5, 0.2, 2.0
    arguments = [fields, np.zeros_like(fields), 5, 2, 1.4]
    file = "nvcc-13.0/sm_90/fluids.ptx"
    result = run(file, "riemann_fluxes", ("1x2", "32"), arguments)[1][:, :, :4]
    pressure = 0.4 * (2.0 - 0.5 * 0.29)
    exact = np.array([0.5, 0.25 + pressure, 0.1, 0.5 * (2.0 + pressure)])
    _near(result, np.broadcast_to(exact[:, None, None], result.shape), 1e-9)
    cells = np.abs(_random(19, 2, 2, 4)) + 1
    solid = np.zeros((2, 2, 4), np.uint8)
    solid[1, 1, 2] = 1
    arguments = [cells, np.zeros_like(cells), solid, 4, 2, 2, 1.2, 0.0]
    file = "nvcc-13.0/sm_90/lattice_boltzmann.ptx"
    result = run(file, "lattice_boltzmann", ("1x2x2", "32"), arguments)[1]
    _near(result.sum(), cells.sum())


def test_library_functions() -> None:
    x = 0.5 + 0.7 * np.arange(40)
    for file in ("nvcc-13.0/sm_90/special_functions.ptx", "nvrtc-11.8/sm_60/special_functions.ptx"):
        table = run(file, "tabulate", ("2", "32"), [np.zeros((3, 40)), 0.5, 0.7, 40])[0]
        _near(table[0], np.vectorize(math.lgamma)(x), 1e-12)
        _near(table[1], np.vectorize(math.erf)(x) * x ** (1 / 3), 1e-12)
        series = sum((-1) ** k * (x / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(12))
        _near(table[2][:4], (series + np.cbrt(x))[:4], 1e-9)
    start, end = np.radians([[52.5, 13.4]]), np.radians([[40.7, -74.0]])
    arguments = [start, end, np.zeros(1), 6371.0, 1]
    result = run(file, "great_circle", ("1", "32"), arguments)[2]
    assert abs(result[0] - 6385) < 5


def test_cosine_transform_quantises() -> None:
    image = _integers(0, 256, 8, 64).astype(np.uint8)
    k, n = np.mgrid[:8, :8]
    basis = np.where(k == 0, np.sqrt(1 / 8), 0.5 * np.cos((2 * n + 1) * k * np.pi / 16))
    arguments = [image, np.zeros((8, 64), np.int16), 64, 0.01]
    file = "nvcc-13.0/sm_90/transform_coding.ptx"
    result = run(file, "cosine_transform", ("1", "8x8"), arguments)
    expected = basis @ (image[:, :8].astype(float) - 128) @ basis.T
    assert abs(result[1][0, 0] - expected[0, 0] / 0.16) <= 1
    assert abs(result[1][7, 7] - expected[7, 7] / 0.99) <= 1


def test_sums_by_key_when_groups_of_a_warp_reduce_apart() -> None:
    keys, values = _integers(0, 5, 100), _integers(0, 50, 100, seed=1)
    arguments = [keys, values, np.zeros(5, np.int32), 100]
    result = run("nvcc-13.0/sm_90/compaction.ptx", "sum_by_key", ("4", "32"), arguments)[2]
    np.testing.assert_array_equal(result, np.bincount(keys, values, 5))
