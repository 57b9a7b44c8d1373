// Counts of each of `chunk` values in shared memory, a histogram for each block.
__device__ __forceinline__ void count(unsigned* bin)
{
    const unsigned place = (unsigned)__cvta_generic_to_shared(bin);
    asm volatile("red.shared.add.u32 [%0], 1;" ::"r"(place) : "memory");  // pin: bin
}

extern "C" __global__ void histogram_shared(
    const unsigned* __restrict__ values, unsigned* __restrict__ counts,
    unsigned n, unsigned chunk, unsigned bins)
{
    extern __shared__ unsigned mine[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned bin = tid; bin < bins; bin += threads) mine[bin] = 0;
    __syncthreads();
    const unsigned first = blockIdx.x * chunk, last = min(n, first + chunk);
    for (unsigned i = first + tid; i < last; i += threads)
        count(&mine[__umulhi(values[i], bins)]);
    __syncthreads();
    for (unsigned bin = tid; bin < bins; bin += threads)
        counts[(size_t)blockIdx.x * bins + bin] = mine[bin];
}
