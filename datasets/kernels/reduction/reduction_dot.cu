// Partial dot products: one block a chunk, warp shuffles, then one warp over the warps' sums.
extern "C" __global__ void reduction_dot(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ partial,
    unsigned n, unsigned chunk)
{
    __shared__ float of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned begin = blockIdx.x * chunk;
    const unsigned end = min(begin + chunk, n);
    float sum = 0.0f;
#pragma unroll 4
    for (unsigned i = begin + tid; i < end; i += threads) sum = fmaf(a[i], b[i], sum);
    for (unsigned offset = 16; offset; offset >>= 1)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if ((tid & 31u) == 0) of_warp[tid >> 5] = sum;
    __syncthreads();
    if (tid >= 32) return;
    sum = tid < (threads >> 5) ? of_warp[tid] : 0.0f;
    for (unsigned offset = 16; offset; offset >>= 1)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (tid == 0) partial[blockIdx.x] = sum;
}
