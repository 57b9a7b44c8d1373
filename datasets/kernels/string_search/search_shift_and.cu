// How often a pattern of up to 32 letters stands in a text, by bit-parallel matching: one word
// keeps which beginnings of the pattern end here. A thread owns `chunk` letters, four at a time.
extern "C" __global__ void search_shift_and(
    const unsigned* __restrict__ text, const unsigned* __restrict__ masks,
    unsigned* __restrict__ counts, unsigned chunks, unsigned words, unsigned length)
{
    __shared__ unsigned of_letter[256];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned i = tid; i < 256; i += threads) of_letter[i] = masks[i];
    __syncthreads();
    const unsigned chunk = blockIdx.x * threads + tid;
    if (chunk >= chunks) return;
    unsigned state = 0, count = 0;
    for (unsigned i = 0; i < words; ++i) {
        const unsigned letters = text[(size_t)i * chunks + chunk];
#pragma unroll
        for (unsigned k = 0; k < 32; k += 8) {
            const unsigned ends = of_letter[letters >> k & 255u];  // pin: letter
            state = (state << 1 | 1u) & ends;
            count += state >> (length - 1) & 1u;
        }
    }
    counts[chunk] = count;
}
