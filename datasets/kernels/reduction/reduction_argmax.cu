// Where each segment is greatest, the first place where it is so twice: keys of value and place.
extern "C" __global__ void reduction_argmax(
    const int* __restrict__ values, unsigned* __restrict__ place, int* __restrict__ greatest,
    unsigned length)
{
    __shared__ unsigned long long of_warp[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const int* segment = values + (size_t)blockIdx.x * length;
    unsigned long long best = 0;
    for (unsigned i = tid; i < length; i += threads) {
        const unsigned ordered = (unsigned)segment[i] ^ 0x80000000u;
        const unsigned long long key = ((unsigned long long)ordered << 32) | (0xffffffffu - i);
        best = key > best ? key : best;
    }
    for (unsigned offset = 16; offset; offset >>= 1) {
        const unsigned long long other = __shfl_down_sync(0xffffffffu, best, offset);
        best = other > best ? other : best;
    }
    if ((tid & 31u) == 0) of_warp[tid >> 5] = best;
    __syncthreads();
    if (tid != 0) return;
    for (unsigned warp = 1; warp < threads >> 5; ++warp)
        best = of_warp[warp] > best ? of_warp[warp] : best;
    place[blockIdx.x] = 0xffffffffu - (unsigned)best;
    greatest[blockIdx.x] = (int)((unsigned)(best >> 32) ^ 0x80000000u);
}
