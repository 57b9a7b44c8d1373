// Sums of weights by key straight in global memory; four keys a thread are read at once.
__device__ __forceinline__ void add_to(int* sum, int weight)
{
    const size_t place = __cvta_generic_to_global(sum);
    asm volatile("red.global.add.s32 [%0], %1;" ::"l"(place), "r"(weight) : "memory");  // pin: sums
}

extern "C" __global__ void histogram_global(
    const uint4* __restrict__ keys, const int4* __restrict__ weights, int* __restrict__ sums,
    unsigned quads, unsigned mask)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= quads) return;
    const uint4 key = keys[i];
    const int4 weight = weights[i];
    add_to(&sums[key.x & mask], weight.x);
    add_to(&sums[key.y & mask], weight.y);
    add_to(&sums[key.z & mask], weight.z);
    add_to(&sums[key.w & mask], weight.w);
}
