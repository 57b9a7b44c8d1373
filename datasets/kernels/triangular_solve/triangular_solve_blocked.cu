// L x = b for many right sides, one a thread: eight unknowns at a time in registers, first what
// the earlier unknowns take away, then the small triangle. L has ones on its diagonal.
extern "C" __global__ void triangular_solve_blocked(
    const float* __restrict__ lower, const float* __restrict__ b, float* x,
    unsigned n, unsigned sides)
{
    __shared__ float strip[8][33];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned side = min(blockIdx.x * threads + tid, sides - 1);
    for (unsigned first = 0; first < n; first += 8) {
        float sums[8];
#pragma unroll
        for (unsigned r = 0; r < 8; ++r) sums[r] = b[(size_t)(first + r) * sides + side];
        for (unsigned start = 0; start <= first; start += 32) {
            __syncthreads();
            for (unsigned e = tid; e < 256; e += threads) {
                const unsigned r = e >> 5, c = e & 31u;
                strip[r][c] = start + c < n ? lower[(size_t)(first + r) * n + start + c] : 0.0f;
            }
            __syncthreads();
            const unsigned known = min(32u, first - start);
            for (unsigned k = 0; k < known; ++k) {
                const float value = x[(size_t)(start + k) * sides + side];
#pragma unroll
                for (unsigned r = 0; r < 8; ++r) sums[r] = fmaf(-strip[r][k], value, sums[r]);
            }
            if (start + 32 <= first) continue;
            const unsigned corner = first - start;
#pragma unroll
            for (unsigned r = 0; r < 8; ++r) {
#pragma unroll
                for (unsigned c = 0; c < r; ++c)
                    sums[r] = fmaf(-strip[r][corner + c], sums[c], sums[r]);
                x[(size_t)(first + r) * sides + side] = sums[r];
            }
        }
    }
}
