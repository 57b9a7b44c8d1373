// Transposes 16-bit elements, two a word, by 64 x 64 tiles; exclusive-or keeps banks apart.
// A thread turns 2 x 2 elements by byte permutes. `rows` and `columns` are even.
extern "C" __global__ void transpose_swizzled_pairs(
    const unsigned* __restrict__ in, unsigned* __restrict__ out, unsigned rows, unsigned columns)
{
    __shared__ unsigned tile[64 * 32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned row0 = blockIdx.y * 64, pair0 = blockIdx.x * 32;
    const unsigned row_pairs = rows / 2, column_pairs = columns / 2;
    for (unsigned e = tid; e < 64 * 32; e += threads) {
        const unsigned r = e >> 5, p = e & 31u;
        if (row0 + r < rows && pair0 + p < column_pairs)
            tile[r * 32 + (p ^ (r >> 1))] = in[(size_t)(row0 + r) * column_pairs + pair0 + p];
    }
    __syncthreads();
    for (unsigned e = tid; e < 32 * 32; e += threads) {
        const unsigned p = e >> 5, q = e & 31u;
        if (pair0 + p >= column_pairs || row0 / 2 + q >= row_pairs) continue;
        const unsigned upper = tile[(2 * q) * 32 + (p ^ q)];
        const unsigned lower = tile[(2 * q + 1) * 32 + (p ^ q)];
        const size_t at = (size_t)(2 * (pair0 + p)) * row_pairs + row0 / 2 + q;
        out[at] = __byte_perm(upper, lower, 0x5410);
        out[at + row_pairs] = __byte_perm(upper, lower, 0x7632);
    }
}
