// Adds a residual to rows of 16-bit brain floats, two a word, and divides by the root of the mean
// square; the sum stays in shared memory between the two sweeps and is written as well. Quotients
// are 32-bit floats.
__device__ __forceinline__ float low(unsigned pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float high(unsigned pair) { return __uint_as_float(pair & 0xffff0000u); }
__device__ __forceinline__ unsigned packed(float low, float high)
{
    unsigned pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

extern "C" __global__ void rmsnorm_residual(
    const unsigned* __restrict__ in, const unsigned* __restrict__ residual,
    const unsigned* __restrict__ gain, unsigned* __restrict__ sums, float2* __restrict__ out,
    unsigned pairs)
{
    extern __shared__ unsigned kept[];
    float* of_warp = (float*)(kept + pairs);
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const size_t base = (size_t)blockIdx.x * pairs;
    float squares = 0.0f;
    for (unsigned i = tid; i < pairs; i += threads) {
        const unsigned p = in[base + i], q = residual[base + i];
        const float left = low(p) + low(q), right = high(p) + high(q);
        const unsigned sum = packed(left, right);
        kept[i] = sum;
        sums[base + i] = sum;
        squares += left * left + right * right;
    }
    for (unsigned mask = 16; mask; mask >>= 1)
        squares += __shfl_xor_sync(0xffffffffu, squares, mask);
    if ((tid & 31u) == 0) of_warp[tid >> 5] = squares;
    __syncthreads();
    float whole = 0.0f;
    for (unsigned warp = 0; warp < threads >> 5; ++warp) whole += of_warp[warp];
    const float scale = rsqrtf(whole / (float)(2 * pairs) + 1e-5f);
    for (unsigned i = tid; i < pairs; i += threads) {
        const unsigned p = kept[i], g = gain[i];
        out[base + i] = make_float2(low(p) * scale * low(g), high(p) * scale * high(g));
    }
}
