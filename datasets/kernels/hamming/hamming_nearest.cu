// Nearest of many 256-bit signatures to each query by the number of bits that differ; references
// come by tiles of shared memory.
extern "C" __global__ void hamming_nearest(
    const uint4* __restrict__ queries, const uint4* __restrict__ references,
    unsigned* __restrict__ nearest, unsigned count, unsigned among)
{
    extern __shared__ uint4 tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned query = blockIdx.x * threads + tid, mine = min(query, count - 1);
    const uint4 low = queries[2 * (size_t)mine], high = queries[2 * (size_t)mine + 1];
    unsigned best = 0xffffffffu;
    for (unsigned start = 0; start < among; start += threads) {
        const unsigned held = min(threads, among - start);
        for (unsigned i = tid; i < 2 * held; i += threads)
            tile[i] = references[2 * (size_t)start + i];
        __syncthreads();
        for (unsigned i = 0; i < held; ++i) {
            const uint4 a = tile[2 * i], b = tile[2 * i + 1];
            unsigned bits = __popc(a.x ^ low.x) + __popc(a.y ^ low.y);
            bits += __popc(a.z ^ low.z) + __popc(a.w ^ low.w);
            bits += __popc(b.x ^ high.x) + __popc(b.y ^ high.y);
            bits += __popc(b.z ^ high.z) + __popc(b.w ^ high.w);
            best = min(best, bits << 22 | (start + i));
        }
        __syncthreads();
    }
    if (query < count) nearest[query] = best;
}
