// Largest minus least of a square of bytes about each pixel, four pixels packed in a word: rows
// first, into shared memory, then columns, by instructions on four bytes at once.
extern "C" __global__ void morphology_gradient(
    const unsigned* __restrict__ image, unsigned* __restrict__ out,
    int words, int height, int radius)
{
    extern __shared__ uint2 rows[];
    const int column = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    const int y0 = (int)(blockIdx.y * blockDim.y);
    const int held = (int)blockDim.y + 2 * radius;
    for (int r = threadIdx.y; r < held; r += blockDim.y) {
        const unsigned* row = image + (size_t)min(max(y0 + r - radius, 0), height - 1) * words;
        const unsigned mine = row[min(column, words - 1)];
        const unsigned first = (mine & 255u) * 0x01010101u, last = (mine >> 24) * 0x01010101u;
        const unsigned before = column > 0 ? row[min(column, words - 1) - 1] : first;
        const unsigned after = column + 1 < words ? row[column + 1] : last;
        unsigned low = mine, high = mine;
        for (int k = 1; k <= radius; ++k) {
            const unsigned left = __funnelshift_l(before, mine, 8 * k);
            const unsigned right = __funnelshift_r(mine, after, 8 * k);
            low = __vminu4(low, __vminu4(left, right));
            high = __vmaxu4(high, __vmaxu4(left, right));
        }
        rows[r * blockDim.x + threadIdx.x] = make_uint2(low, high);
    }
    __syncthreads();
    const int y = y0 + (int)threadIdx.y;
    if (column >= words || y >= height) return;
    uint2 both = rows[threadIdx.y * blockDim.x + threadIdx.x];
    for (int k = 1; k <= 2 * radius; ++k) {
        const uint2 part = rows[(threadIdx.y + k) * blockDim.x + threadIdx.x];
        both.x = __vminu4(both.x, part.x);
        both.y = __vmaxu4(both.y, part.y);
    }
    out[(size_t)y * words + column] = __vsub4(both.y, both.x);
}
