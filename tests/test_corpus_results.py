"""Kernels of the corpus, run by the reference interpreter on real data, give the right answers.

This holds the kernels to their purpose and the interpreter to the meaning of PTX.
"""

from __future__ import annotations

import hashlib

import numpy as np

from tests.corpus.running import Array, run


def _random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _integers(low: int, high: int, *shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int32)


def _near(actual: Array, expected: Array, relative: float = 1e-5) -> None:
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=relative)


def test_sha256_agrees_with_the_standard_library() -> None:
    message = bytes(range(65, 65 + 52))
    padded = message + b"\x80" + bytes(7)
    words = {f"{4 * i}:u32": int.from_bytes(padded[4 * i : 4 * i + 4], "big") for i in range(15)}
    first_word = int.from_bytes(hashlib.sha256(message).digest()[:4], "big")
    bits, none = len(message) * 8, np.array([0xFFFFFFFF], np.uint32)
    for file in ("nvcc-13.0/sm_90/sha256.ptx", "nvrtc-11.8/sm_50/sha256.ptx"):
        shape = ("1", "1")
        (found,) = run(file, "sha256_search", shape, [words, bits, first_word + 1, none])
        assert found[0] == bits
        (found,) = run(file, "sha256_search", shape, [words, bits, first_word, none])
        assert found[0] == none[0]


def test_aes_gives_the_example_of_fips_197() -> None:
    keys = np.frombuffer(
        bytes.fromhex(
            "000102030405060708090a0b0c0d0e0fd6aa74fdd2af72fadaa678f1d6ab76fe"
            "b692cf0b643dbdf1be9bc5006830b3feb6ff744ed2c2c9bf6c590cbf0469bf41"
            "47f7f7bc95353e03f96c32bcfd058dfd3caaa3e8a99f9deb50f3af57adf622aa"
            "5e390f7df7a69296a7553dc10aa31f6b14f9701ae35fe28c440adf4d4ea9c026"
            "47438735a41c65b9e016baf4aebf7ad2549932d1f08557681093ed9cbe2c974e"
            "13111d7fe3944a17f307a78b4d2b30c5"
        ),
        np.uint32,
    )
    block = bytes.fromhex("00112233445566778899aabbccddeeff")
    start = {f"{at}:u32": int.from_bytes(block[at : at + 4], "little") for at in (0, 4, 8)}
    start["12:u32"] = int.from_bytes(block[12:], "big")
    text, out = np.zeros(4, np.uint32), np.zeros(4, np.uint32)
    result = run("nvcc-13.0/sm_90/aes.ptx", "aes_counter", ("1", "32"), [text, out, keys, start, 1])
    assert result[1].tobytes().hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


def test_transforms_agree_with_numpy() -> None:
    file = "nvcc-13.0/sm_90/fourier.ptx"
    line = _random(512, 2).view(np.complex64).ravel()
    (out,) = run(file, "fft_512", ("1", "64"), [line])
    _near(out, np.fft.fft(line).astype(np.complex64), 1e-3)
    data = line[:64]
    for done in (1, 4, 16):
        data = run(file, "fft_radix4_pass", ("1", "32"), [data, np.zeros_like(data), 16, done])[1]
    _near(data, np.fft.fft(line[:64]).astype(np.complex64), 1e-3)


def test_matrix_products_agree_with_numpy() -> None:
    a, b = _random(20, 35), _random(35, 18, seed=1)
    c = np.zeros((20, 18), np.float32)
    arguments = [a, b, c, 20, 18, 35]
    for file in ("nvcc-13.0/sm_90/gemm_tiled.ptx", "nvcc-13.0/sm_100a/gemm_tiled.ptx"):
        _near(run(file, "gemm_tiled", ("2x2", "16x16"), arguments)[2], a @ b, 1e-4)
    naive = [20, 18, 35, 2.0, a, b, 0.0, c]
    _near(
        run("nvrtc-11.8/sm_50/gemm_naive.ptx", "gemm_naive", ("1x3", "32x8"), naive)[2],
        2 * a @ b,
        1e-4,
    )
    a, b = _random(128, 16), _random(16, 128, seed=1)
    big = [a, b, np.zeros((128, 128), np.float32), 128, 16]
    result = run("nvcc-13.0/sm_90/gemm_register.ptx", "gemm_register", ("1", "256"), big)
    _near(result[2], a @ b, 1e-4)


def test_integer_product_by_dp4a() -> None:
    a, b = _integers(-128, 128, 32, 128), _integers(-128, 128, 32, 128, seed=1)
    ones, c = np.ones(32, np.float32), np.zeros((32, 32), np.float32)
    arguments = [a.astype(np.int8), b.astype(np.int8), ones, ones, c, 32, 32]
    result = run("nvcc-13.0/sm_75/gemm_int8.ptx", "gemm_int8", ("1", "32x8"), arguments)
    np.testing.assert_array_equal(result[4], a @ b.T)


def test_transposes_transpose() -> None:
    matrix = _random(40, 70)
    for kernel in ("transpose_naive", "transpose_tiled"):
        arguments = [matrix, np.zeros((70, 40), np.float32), 70, 40]
        shape = ("3x5", "32x8") if kernel == "transpose_naive" else ("3x2", "32x8")
        result = run("nvcc-13.0/sm_90/transpose.ptx", kernel, shape, arguments)
        np.testing.assert_array_equal(result[1], matrix.T)
    square = _random(32, 32).astype(np.float64)
    file = "nvcc-13.0/sm_90/transpose_conflict.ptx"
    result = run(file, "transpose_in_place_f64", ("2x2", "16x16"), [square, 32])
    np.testing.assert_array_equal(result[0], square.T)


def test_reductions_and_scans() -> None:
    values = _integers(0, 1000, 600)
    maxima = np.zeros(3, np.int32)
    file = "nvcc-13.0/sm_90/reduce_tree.ptx"
    result = run(file, "reduce_max_tree", ("3", "128"), [values, maxima, 600], 512)
    assert result[1].max() == values.max()
    x, y = _random(1000), _random(1000, seed=1)
    for file in ("nvcc-13.0/sm_90/dot.ptx", "nvcc-13.0/sm_90/dot.debug.ptx"):
        total = run(file, "dot", ("2", "256"), [x, y, np.zeros(1, np.float32), 1000])[2]
        _near(total, np.array([x @ y]), 1e-4)
    counts = values.astype(np.uint32)
    arguments = [counts, np.zeros(600, np.uint32), np.zeros(5, np.uint32), 600]
    scanned = run("nvcc-13.0/sm_90/scan.ptx", "scan_blocks", ("5", "64"), arguments, 512)
    before = np.cumsum(counts[:128]) - counts[:128]
    np.testing.assert_array_equal(scanned[1][:128], before)
    assert scanned[2].sum() == counts.sum()
    # One block: a spin wait counts as one try, so that no block waits for another.
    flags, ticket = np.zeros(1, np.uint64), np.zeros(1, np.uint32)
    arguments = [counts, np.zeros(200, np.uint32), flags, ticket, 200]
    scanned = run("nvcc-13.0/sm_90/look_back.ptx", "scan_look_back", ("1", "256"), arguments)
    np.testing.assert_array_equal(scanned[1], np.cumsum(counts[:200]))


def test_softmax_and_norms() -> None:
    rows = _random(3, 100)
    expected = np.exp(rows) / np.exp(rows).sum(1, keepdims=True)
    for file in ("nvcc-13.0/sm_90/softmax.ptx", "nvcc-13.0/sm_90/softmax.fastmath.ptx"):
        result = run(file, "softmax_rows", ("3", "64"), [rows, np.zeros_like(rows), 100])
        _near(result[1], expected, 1e-4)
    weight, bias = _random(100, seed=1), _random(100, seed=2)
    arguments = [rows, weight, bias, np.zeros_like(rows), 3, 100, 1e-5]
    result = run("nvcc-13.0/sm_90/normalise.ptx", "layer_norm_welford", ("1", "32x4"), arguments)
    scaled = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 1e-5)
    _near(result[3], scaled * weight + bias, 1e-3)


def test_attention() -> None:
    q, k, v = (_random(1, 40, 64, seed=seed) for seed in range(3))
    scores = q[0] @ k[0].T * 0.125
    weights = np.exp(scores - scores.max(1, keepdims=True))
    expected = weights / weights.sum(1, keepdims=True) @ v[0]
    arguments = [q, k, v, np.zeros_like(q), 40, 0.125]
    result = run("nvcc-13.0/sm_90/flash_attention.ptx", "flash_attention", ("2", "128"), arguments)
    _near(result[3][0], expected, 1e-4)


def test_sorting() -> None:
    file = "nvcc-13.0/sm_90/sorting.ptx"
    keys = _integers(0, 1 << 16, 64).astype(np.uint32)
    data = keys
    for run_length in (2, 4, 8, 16, 32, 64):
        distance = run_length // 2
        while distance:
            (data,) = run(file, "bitonic_step", ("1", "32"), [data, distance, run_length])
            distance //= 2
    np.testing.assert_array_equal(data, np.sort(keys))
    keys = _integers(0, 1 << 16, 256).astype(np.uint32)
    digits = keys >> 8 & 15
    starts = np.cumsum(np.bincount(digits, minlength=16)) - np.bincount(digits, minlength=16)
    arguments = [keys, np.zeros_like(keys), starts.astype(np.uint32), 8, 256]
    result = run(file, "radix_scatter", ("1", "256"), arguments)
    np.testing.assert_array_equal(result[1], keys[np.argsort(digits, kind="stable")])


def test_selection_and_compaction() -> None:
    scores = _random(2, 300)
    tops, places = np.zeros((2, 16), np.float32), np.zeros((2, 16), np.int32)
    result = run(
        "nvcc-13.0/sm_90/top_k.ptx", "top_k", ("2", "32"), [scores, tops, places, 300], 4096
    )
    np.testing.assert_array_equal(result[2], np.argsort(-scores, 1)[:, :16])
    out, kept = np.zeros(300, np.float32), np.zeros(1, np.uint32)
    arguments = [scores[0], out, kept, 0.5, 300]
    result = run("nvcc-13.0/sm_80/compaction.ptx", "compact_above", ("3", "128"), arguments)
    wanted = scores[0][scores[0] > 0.5]
    assert result[2][0] == len(wanted)
    assert sorted(result[1][: len(wanted)]) == sorted(wanted)


def test_sparse_products() -> None:
    dense = np.where(np.random.default_rng(3).random((20, 20)) < 0.2, _random(20, 20), 0)
    rows, columns = np.nonzero(dense)
    starts = np.searchsorted(rows, np.arange(21)).astype(np.int32)
    values, x = dense[rows, columns], _random(20, seed=1)
    file = "nvcc-13.0/sm_90/spmv.ptx"
    csr = [20, starts, columns.astype(np.int32), values, x, np.zeros(20, np.float32)]
    _near(run(file, "spmv_csr_scalar", ("1", "32"), csr)[4], dense @ x, 1e-4)
    wide = [20, starts, columns.astype(np.int32), *(v.astype(np.float64) for v in (values, x))]
    result = run(file, "spmv_csr_vector", ("5", "128"), [*wide, np.zeros(20)])
    _near(result[4], dense @ x, 1e-6)


def test_text_and_graphs() -> None:
    ends, values = np.array([3, 4, 9, 12], np.int32), np.array([7, -1, 5, 2], np.int16)
    arguments = [ends, values, np.zeros(12, np.int16), 4, 12]
    result = run("nvcc-13.0/sm_100a/text.ptx", "expand_runs", ("1", "32"), arguments)
    np.testing.assert_array_equal(result[2], np.repeat(values, [3, 1, 5, 3]))
    encoded = np.array([5, 0x80 | 1, 1, 0x7F, 9], np.uint8)
    arguments = [encoded, np.array([0, 3, 5], np.uint32), np.zeros(2, np.uint64), 2]
    result = run("nvrtc-12.1/sm_70/text.ptx", "decode_varints", ("1", "32"), arguments)
    np.testing.assert_array_equal(result[2], [5 + 129, 127 + 9])
    starts, edges = np.array([0, 2, 3, 4, 4], np.int32), np.array([1, 2, 3, 3], np.int32)
    depth, changed = np.array([0, -1, -1, -1], np.int32), np.zeros(1, np.int32)
    arguments = [starts, edges, depth, changed, 0, 4]
    result = run("nvrtc-12.9/sm_60/graph.ptx", "bfs_level", ("1", "32"), arguments)
    np.testing.assert_array_equal(result[2], [0, 1, 1, -1])
    assert result[3][0] == 1


def test_jump_tables() -> None:
    program = np.array([0, 0, 3, 9, 1, 7], np.uint32)
    x = np.abs(_random(40))
    expected = np.minimum(2 * x * x, 1.0)
    for file in ("nvcc-13.0/sm_90/bytecode.ptx", "nvcc-13.0/sm_90/bytecode.jumptable.ptx"):
        result = run(file, "bytecode", ("2", "32"), [program, 6, x, np.zeros_like(x), 40])
        _near(result[2], expected)


def test_recursion_integrates() -> None:
    dampings, end = np.array([0.5, 1.0]), 1.0
    arguments = [dampings, np.zeros(2), end, 5, 2]
    pole = -dampings + 7j
    expected = ((np.exp(pole * end) - 1) / pole).real
    result = run("nvcc-13.0/sm_90/quadrature.ptx", "quadrature", ("1", "32"), arguments)
    np.testing.assert_allclose(result[1], expected, atol=1e-7)


def test_numba_and_escape_times() -> None:
    arguments = [np.zeros((8, 32), np.uint16), 32, 8, -2.0, 1.0, 0.1, 50]
    image = run("nvcc-13.0/sm_90/mandelbrot.ptx", "mandelbrot", ("2x1", "16x16"), arguments)[0]
    c = (-2.0 + 0.1 * np.arange(32))[None, :] + 1j * (1.0 - 0.1 * np.arange(8))[:, None]
    z, trips = c.copy(), np.zeros(c.shape, int)
    for _ in range(50):
        inside = np.abs(z) < 2
        trips[inside] += 1
        z[inside] = z[inside] ** 2 + c[inside]
    assert np.mean(trips == image) > 0.98
    x, y, owner = _random(100).astype(np.float64), np.ones(100), np.zeros(1, np.uint64)
    arrays = [[owner, owner, 100, 8, a, 100, 8] for a in (x, y)]
    file = "numba-cuda-0.30.4/cc_90/nb_saxpy.ptx"
    result = run(file, "axpy", ("2", "32"), [3.0, *arrays[0], *arrays[1]])
    _near(result[5], 3 * x + 1)


def test_indirect_calls() -> None:
    kinds, values = np.array([0, 1, 2, 3], np.uint8), _random(2, 4)
    file = "nvcc-13.0/sm_90/activations.ptx"
    result = run(file, "activate_columns", ("1x2", "32"), [values, kinds, 2, 4])
    swish = values[:, 0] / (1 + np.exp(-values[:, 0]))
    relu, softsign = np.maximum(values[:, 1], 0) ** 2, values[:, 2] / (1 + np.abs(values[:, 2]))
    _near(result[0], np.stack([swish, relu, softsign, np.tanh(values[:, 3])], 1), 1e-4)
