// Sorts tiles of 2^bits keys in shared memory by Batcher's odd-even merge network: every compare
// is of an ascending pair, so one loop over distances serves all stages.
extern "C" __global__ void sort_tiles_shared(
    const int* __restrict__ keys, int* __restrict__ out, unsigned bits)
{
    extern __shared__ int tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned length = 1u << bits;
    const size_t base = (size_t)blockIdx.x << bits;
    for (unsigned i = tid; i < length; i += threads) tile[i] = keys[base + i];
    for (unsigned stage = 0; stage < bits; ++stage)
        for (unsigned part = stage + 1; part-- > 0;) {
            const unsigned distance = 1u << part;
            __syncthreads();
            for (unsigned i = tid; i < length; i += threads) {
                const bool is_first = part == stage;
                const unsigned above = is_first ? i : i - distance;
                const bool is_low = (above & distance) == 0;
                const bool is_inside = is_first || (i & ((2u << stage) - 1)) >= distance;
                const unsigned partner = i + distance;
                if (!is_low || !is_inside) continue;
                if ((i >> (stage + 1)) != (partner >> (stage + 1))) continue;
                const int low = tile[i], high = tile[partner];
                tile[i] = min(low, high);
                tile[partner] = max(low, high);
            }
        }
    __syncthreads();
    for (unsigned i = tid; i < length; i += threads) out[base + i] = tile[i];
}
