// Softmax of rows, one block a row, three sweeps: greatest value, sum of exponentials, quotients.
__device__ __forceinline__ float block_combine(float value, float* of_warp, bool is_sum)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1) {
        const float other = __shfl_xor_sync(0xffffffffu, value, mask);
        value = is_sum ? value + other : fmaxf(value, other);
    }
    __syncthreads();
    if ((tid & 31u) == 0) of_warp[tid >> 5] = value;
    __syncthreads();
    float whole = of_warp[0];
    for (unsigned warp = 1; warp < warps; ++warp)
        whole = is_sum ? whole + of_warp[warp] : fmaxf(whole, of_warp[warp]);
    return whole;
}

extern "C" __global__ void softmax_rows(
    const float* __restrict__ in, float* __restrict__ out, unsigned columns, float scale)
{
    __shared__ float of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const float* row = in + (size_t)blockIdx.x * columns;
    float* result = out + (size_t)blockIdx.x * columns;
    float top = -3.4e38f;
    for (unsigned i = tid; i < columns; i += threads) top = fmaxf(top, row[i]);
    top = block_combine(top, of_warp, false);
    float sum = 0.0f;
    for (unsigned i = tid; i < columns; i += threads) sum += expf(scale * (row[i] - top));
    sum = block_combine(sum, of_warp, true);
    const float share = 1.0f / sum;
    for (unsigned i = tid; i < columns; i += threads)
        result[i] = share * expf(scale * (row[i] - top));
}
