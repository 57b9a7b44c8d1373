// Running sums that start afresh at flagged values, a chunk a warp: flags travel with the sums
// through the shuffles, and what is open at the end is carried to the next 32 values.
extern "C" __global__ void segmented_scan(
    const float* __restrict__ values, const unsigned* __restrict__ flags,
    float* __restrict__ sums, unsigned n, unsigned chunk)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x, lane = tid & 31u;
    const unsigned warp = blockIdx.x * ((blockDim.x * blockDim.y) >> 5) + (tid >> 5);
    const unsigned first = warp * chunk, last = min(n, first + chunk);
    float carried = 0.0f;
    for (unsigned start = first; start < last; start += 32) {
        const unsigned i = start + lane;
        const unsigned heads = flags[start >> 5];
        float sum = i < last ? values[i] : 0.0f;
        const unsigned upto = heads & (0xffffffffu >> (31 - lane));
        const unsigned length = upto ? __clz(upto) - (31 - lane) : lane + 1;
#pragma unroll
        for (unsigned offset = 1; offset < 32; offset <<= 1) {
            const float below = __shfl_up_sync(0xffffffffu, sum, offset);
            sum += offset <= (upto ? length : lane) ? below : 0.0f;
        }
        sum += upto ? 0.0f : carried;
        carried = __shfl_sync(0xffffffffu, sum, 31);
        if (i < last) sums[i] = sum;
    }
}
