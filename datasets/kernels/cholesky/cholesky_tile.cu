// Cholesky factors of many small matrices, one a block, column by column from the left, in shared
// memory: each row's product with the pivot's row is summed before the square root is taken.
extern "C" __global__ void cholesky_tile(
    const double* __restrict__ matrices, double* __restrict__ factors, unsigned n)
{
    extern __shared__ double tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y, pitch = n + 1;
    const size_t base = (size_t)blockIdx.x * n * n;
    for (unsigned r = threadIdx.y; r < n; r += blockDim.y)
        for (unsigned c = threadIdx.x; c < n; c += blockDim.x)
            tile[r * pitch + c] = matrices[base + (size_t)r * n + c];
    for (unsigned k = 0; k < n; ++k) {
        __syncthreads();
        for (unsigned r = k + tid; r < n; r += threads) {
            double sum = tile[r * pitch + k];
            for (unsigned c = 0; c < k; ++c) sum -= tile[r * pitch + c] * tile[k * pitch + c];
            tile[r * pitch + k] = sum;
        }
        __syncthreads();
        const double pivot = sqrt(tile[k * pitch + k]);
        __syncthreads();
        for (unsigned r = k + tid; r < n; r += threads)
            tile[r * pitch + k] = r == k ? pivot : tile[r * pitch + k] / pivot;
    }
    __syncthreads();
    for (unsigned r = threadIdx.y; r < n; r += blockDim.y)
        for (unsigned c = threadIdx.x; c < n; c += blockDim.x)
            factors[base + (size_t)r * n + c] = c <= r ? tile[r * pitch + c] : 0.0;
}
