// Whole Fourier transforms of lines of 2^bits values in shared memory: values are stored where
// their reversed index says, and then butterflies of two meet over growing distances.
extern "C" __global__ void fft_shared(
    const float2* __restrict__ in, float2* __restrict__ out, unsigned bits)
{
    extern __shared__ float2 line[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned length = 1u << bits;
    const size_t base = (size_t)blockIdx.x << bits;
    for (unsigned i = tid; i < length; i += threads) line[__brev(i) >> (32 - bits)] = in[base + i];
    for (unsigned stage = 0; stage < bits; ++stage) {
        const unsigned half = 1u << stage;
        const float turn = -3.14159265f / (float)half;
        __syncthreads();
        for (unsigned i = tid; i < length / 2; i += threads) {
            const unsigned within = i & (half - 1);
            const unsigned low = ((i - within) << 1) + within, high = low + half;
            const float angle = turn * (float)within;
            const float c = __cosf(angle), s = __sinf(angle);
            const float2 p = line[low], q = line[high];
            const float2 turned = make_float2(q.x * c - q.y * s, q.x * s + q.y * c);
            line[low] = make_float2(p.x + turned.x, p.y + turned.y);
            line[high] = make_float2(p.x - turned.x, p.y - turned.y);
        }
    }
    __syncthreads();
    for (unsigned i = tid; i < length; i += threads) out[base + i] = line[i];
}
