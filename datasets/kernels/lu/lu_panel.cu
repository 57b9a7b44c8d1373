// LU factors of tall panels with row exchanges, one panel a block, wholly in shared memory: the
// first warp looks for the pivot, all exchange rows and update what is right and below.
extern "C" __global__ void lu_panel(
    const float* __restrict__ panels, float* __restrict__ factors, int* __restrict__ pivots,
    unsigned rows, unsigned columns)
{
    extern __shared__ float panel[];
    __shared__ unsigned pivot_row;
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const size_t base = (size_t)blockIdx.x * rows * columns;
    for (unsigned i = tid; i < rows * columns; i += threads) panel[i] = panels[base + i];
    __syncthreads();
    for (unsigned k = 0; k < columns; ++k) {
        if (tid < 32) {
            unsigned long long best = 0;
            for (unsigned r = k + tid; r < rows; r += 32) {
                const unsigned size = __float_as_uint(fabsf(panel[r * columns + k]));
                const unsigned long long key = ((unsigned long long)size << 32) | (rows - r);
                best = key > best ? key : best;
            }
#pragma unroll
            for (unsigned offset = 16; offset; offset >>= 1) {
                const unsigned long long other = __shfl_xor_sync(0xffffffffu, best, offset);
                best = other > best ? other : best;
            }
            if (tid == 0) {
                pivot_row = rows - (unsigned)best;
                pivots[blockIdx.x * columns + k] = (int)pivot_row;
            }
        }
        __syncthreads();
        const unsigned other = pivot_row;
        for (unsigned c = tid; c < columns; c += threads) {
            const float upper = panel[k * columns + c];
            const float lower = panel[other * columns + c];  // pin: pivot
            panel[k * columns + c] = lower;
            panel[other * columns + c] = upper;  // pin: pivot
        }
        __syncthreads();
        const float inverse = 1.0f / panel[k * columns + k];
        for (unsigned r = k + 1 + tid; r < rows; r += threads) {
            const float factor = panel[r * columns + k] * inverse;
            panel[r * columns + k] = factor;
            for (unsigned c = k + 1; c < columns; ++c)
                panel[r * columns + c] -= factor * panel[k * columns + c];
        }
        __syncthreads();
    }
    for (unsigned i = tid; i < rows * columns; i += threads) factors[base + i] = panel[i];
}
