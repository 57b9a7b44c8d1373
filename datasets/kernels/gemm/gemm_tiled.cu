// C = A B by tiles as large as the block, `depth` columns of A at a time through shared memory.
extern "C" __global__ void gemm_tiled(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c,
    unsigned m, unsigned n, unsigned k, unsigned depth)
{
    extern __shared__ float tiles[];
    float* tile_a = tiles;
    float* tile_b = tiles + blockDim.y * depth;
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned row0 = blockIdx.y * blockDim.y, column0 = blockIdx.x * blockDim.x;
    const unsigned row = row0 + threadIdx.y, column = column0 + threadIdx.x;
    float sum = 0.0f;
    for (unsigned start = 0; start < k; start += depth) {
        for (unsigned e = tid; e < blockDim.y * depth; e += threads) {
            const unsigned r = row0 + e / depth, i = start + e % depth;
            tile_a[e] = r < m && i < k ? a[(size_t)r * k + i] : 0.0f;
        }
        for (unsigned i = threadIdx.y; i < depth; i += blockDim.y)
            tile_b[i * blockDim.x + threadIdx.x] =
                start + i < k && column < n ? b[(size_t)(start + i) * n + column] : 0.0f;
        __syncthreads();
        for (unsigned i = 0; i < depth; ++i)
            sum += tile_a[threadIdx.y * depth + i] * tile_b[i * blockDim.x + threadIdx.x];
        __syncthreads();
    }
    if (row < m && column < n) c[(size_t)row * n + column] = sum;
}
