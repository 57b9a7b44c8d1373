// C = A B in doubles: a thread keeps 4 x 4 elements of C, rows and columns a block extent apart.
#define DEPTH 8
extern "C" __global__ void gemm_register_blocked(
    const double* __restrict__ a, const double* __restrict__ b, double* __restrict__ c,
    unsigned m, unsigned n, unsigned k)
{
    extern __shared__ double panels[];
    const unsigned tile_rows = 4 * blockDim.y, tile_columns = 4 * blockDim.x;
    double* panel_a = panels;
    double* panel_b = panels + DEPTH * tile_rows;
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned row0 = blockIdx.y * tile_rows, column0 = blockIdx.x * tile_columns;
    double sum[4][4] = {};
    for (unsigned start = 0; start < k; start += DEPTH) {
        for (unsigned e = tid; e < DEPTH * tile_rows; e += threads) {
            const unsigned r = e / DEPTH, i = e % DEPTH;
            panel_a[i * tile_rows + r] =
                row0 + r < m && start + i < k ? a[(size_t)(row0 + r) * k + start + i] : 0.0;
        }
        for (unsigned e = tid; e < DEPTH * tile_columns; e += threads) {
            const unsigned i = e / tile_columns, j = e % tile_columns;
            panel_b[e] =
                column0 + j < n && start + i < k ? b[(size_t)(start + i) * n + column0 + j] : 0.0;
        }
        __syncthreads();
#pragma unroll
        for (unsigned i = 0; i < DEPTH; ++i) {
            double left[4], right[4];
#pragma unroll
            for (unsigned r = 0; r < 4; ++r)
                left[r] = panel_a[i * tile_rows + r * blockDim.y + threadIdx.y];
#pragma unroll
            for (unsigned j = 0; j < 4; ++j)
                right[j] = panel_b[i * tile_columns + j * blockDim.x + threadIdx.x];
#pragma unroll
            for (unsigned r = 0; r < 4; ++r)
#pragma unroll
                for (unsigned j = 0; j < 4; ++j) sum[r][j] = fma(left[r], right[j], sum[r][j]);
        }
        __syncthreads();
    }
#pragma unroll
    for (unsigned r = 0; r < 4; ++r)
#pragma unroll
        for (unsigned j = 0; j < 4; ++j) {
            const unsigned row = row0 + r * blockDim.y + threadIdx.y;
            const unsigned column = column0 + j * blockDim.x + threadIdx.x;
            if (row < m && column < n) c[(size_t)row * n + column] = sum[r][j];
        }
}
