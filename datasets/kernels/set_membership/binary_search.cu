// How many of a sorted list are below each key: halving without branches, as many steps for all
// keys, so that a warp spreads over the list as it goes down.
extern "C" __global__ void binary_search(
    const double* __restrict__ keys, const double* __restrict__ sorted,
    unsigned* __restrict__ below, unsigned count, unsigned length)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const double key = keys[i];
    const double* base = sorted;
    unsigned left = length;
#pragma unroll 1
    while (left > 1) {
        const unsigned half = left >> 1;
        const double middle = base[half - 1];  // pin: middle
        base = middle < key ? base + half : base;
        left -= half;
    }
    const double last = *base;  // pin: last
    below[i] = (unsigned)(base - sorted) + (last < key ? 1u : 0u);
}
