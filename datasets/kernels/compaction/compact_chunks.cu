// Keeps the values that are below a limit, in their order: within a warp by votes, within a block
// by the warps' counts; where a chunk begins in the result is known.
extern "C" __global__ void compact_chunks(
    const float* __restrict__ values, const unsigned* __restrict__ begins,
    float* __restrict__ kept, unsigned* __restrict__ origins, unsigned n, unsigned chunk,
    float limit)
{
    __shared__ unsigned of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y, warps = threads >> 5;
    const unsigned lane = tid & 31u, warp = tid >> 5;
    const unsigned first = blockIdx.x * chunk, last = min(n, first + chunk);
    unsigned place = begins[blockIdx.x];
    for (unsigned start = first; start < last; start += threads) {
        const unsigned i = start + tid;
        const float value = i < last ? values[i] : limit;
        const bool keeps = value < limit;
        const unsigned votes = __ballot_sync(0xffffffffu, keeps);
        if (lane == 0) of_warp[warp] = __popc(votes);
        __syncthreads();
        unsigned before = 0, total = 0;
        for (unsigned w = 0; w < warps; ++w) {
            before += w < warp ? of_warp[w] : 0;
            total += of_warp[w];
        }
        __syncthreads();
        if (keeps) {  // pin: keeps
            const unsigned at = place + before + __popc(votes & ((1u << lane) - 1));
            kept[at] = value;  // pin: kept
            origins[at] = i;  // pin: kept
        }
        place += total;
    }
}
