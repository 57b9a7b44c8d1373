// Attention of one query over a long cache, a block a head and a split of the cache: scores by a
// warp a key, their softmax in shared memory, then a thread a column of the values. Writes each
// split's weighted mean, greatest score and sum of weights, to be merged later.
extern "C" __global__ void attention_decode(
    const float* __restrict__ query, const float* __restrict__ keys,
    const float* __restrict__ values, float* __restrict__ means, float2* __restrict__ splits,
    unsigned length, unsigned width, unsigned split)
{
    extern __shared__ float weights[];
    __shared__ float top_of_warp[32], sum_of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned lane = tid & 31u, warp = tid >> 5, warps = threads >> 5;
    const unsigned head = blockIdx.y, begin = blockIdx.x * split;
    const unsigned count = min(split, length - begin);
    const float* q = query + (size_t)head * width;
    const size_t base = ((size_t)head * length + begin) * width;
    const float scale = rsqrtf((float)width);
    float top = -1e30f;
    for (unsigned key = warp; key < count; key += warps) {
        float score = 0.0f;
        for (unsigned i = lane; i < width; i += 32u)
            score = fmaf(q[i], keys[base + (size_t)key * width + i], score);
#pragma unroll
        for (unsigned mask = 16; mask; mask >>= 1)
            score += __shfl_xor_sync(0xffffffffu, score, mask);
        score *= scale;
        if (lane == 0) weights[key] = score;
        top = fmaxf(top, score);
    }
    if (lane == 0) top_of_warp[warp] = top;
    __syncthreads();
    for (unsigned other = 0; other < warps; ++other) top = fmaxf(top, top_of_warp[other]);
    float sum = 0.0f;
    for (unsigned key = tid; key < count; key += threads) {
        const float weight = exp2f((weights[key] - top) * 1.44269504f);
        weights[key] = weight;
        sum += weight;
    }
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, mask);
    if (lane == 0) sum_of_warp[warp] = sum;
    __syncthreads();
    sum = 0.0f;
    for (unsigned other = 0; other < warps; ++other) sum += sum_of_warp[other];
    const unsigned part = head * gridDim.x + blockIdx.x;
    for (unsigned i = tid; i < width; i += threads) {
        float mean = 0.0f;
        for (unsigned key = 0; key < count; ++key)
            mean = fmaf(weights[key], values[base + (size_t)key * width + i], mean);
        means[(size_t)part * width + i] = mean / sum;
    }
    if (tid == 0) splits[part] = make_float2(top, sum);
}
