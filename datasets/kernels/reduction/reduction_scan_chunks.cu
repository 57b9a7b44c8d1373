// Inclusive prefix sums of each chunk: warps scan by shuffles, and a carry goes from tile to tile.
extern "C" __global__ void reduction_scan_chunks(
    const int* __restrict__ values, int* __restrict__ sums, unsigned n, unsigned chunk)
{
    __shared__ int of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned lane = tid & 31u, warp = tid >> 5, warps = threads >> 5;
    const unsigned begin = blockIdx.x * chunk;
    const unsigned end = min(begin + chunk, n);
    int carry = 0;
    for (unsigned tile = begin; tile < end; tile += threads) {
        const unsigned i = tile + tid;
        int sum = i < end ? values[i] : 0;
#pragma unroll
        for (unsigned offset = 1; offset < 32; offset <<= 1) {
            const int below = __shfl_up_sync(0xffffffffu, sum, offset);
            if (lane >= offset) sum += below;
        }
        if (lane == 31) of_warp[warp] = sum;
        __syncthreads();
        int before = 0, whole = 0;
        for (unsigned other = 0; other < warps; ++other) {
            const int part = of_warp[other];
            before += other < warp ? part : 0;
            whole += part;
        }
        if (i < end) sums[i] = carry + before + sum;
        carry += whole;
        __syncthreads();
    }
}
