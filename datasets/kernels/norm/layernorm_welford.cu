// Layer normalisation, one block a row: mean and spread by Welford's update, merged pairwise by
// shuffles and then over warps.
struct Moments {
    float mean, squares, count;
};

__device__ __forceinline__ Moments merged(Moments a, Moments b)
{
    const float count = a.count + b.count;
    const float share = count > 0.0f ? b.count / count : 0.0f;
    const float difference = b.mean - a.mean;
    return {a.mean + difference * share,
            a.squares + b.squares + difference * difference * a.count * share, count};
}

extern "C" __global__ void layernorm_welford(
    const float* __restrict__ in, const float* __restrict__ gain, const float* __restrict__ bias,
    float* __restrict__ out, unsigned columns, float epsilon)
{
    __shared__ Moments of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const float* row = in + (size_t)blockIdx.x * columns;
    Moments own = {0.0f, 0.0f, 0.0f};
    for (unsigned i = tid; i < columns; i += threads) {
        own.count += 1.0f;
        const float difference = row[i] - own.mean;
        own.mean += difference / own.count;
        own.squares += difference * (row[i] - own.mean);
    }
#pragma unroll
    for (unsigned offset = 16; offset; offset >>= 1) {
        Moments other;
        other.mean = __shfl_xor_sync(0xffffffffu, own.mean, offset);
        other.squares = __shfl_xor_sync(0xffffffffu, own.squares, offset);
        other.count = __shfl_xor_sync(0xffffffffu, own.count, offset);
        own = merged(own, other);
    }
    if ((tid & 31u) == 0) of_warp[tid >> 5] = own;
    __syncthreads();
    Moments whole = of_warp[0];
    for (unsigned warp = 1; warp < threads >> 5; ++warp) whole = merged(whole, of_warp[warp]);
    const float scale = rsqrtf(whole.squares / whole.count + epsilon);
    for (unsigned i = tid; i < columns; i += threads)
        out[(size_t)blockIdx.x * columns + i] = (row[i] - whole.mean) * scale * gain[i] + bias[i];
}
