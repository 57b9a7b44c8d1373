// Merges neighbouring sorted runs between two buffers: each element finds its rank in the other
// run by halving, and writes itself where both ranks add up to.
extern "C" __global__ void merge_ranks(
    const unsigned* __restrict__ keys, unsigned* __restrict__ out, unsigned n, unsigned run)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const unsigned key = keys[i], own = i / run;
    const unsigned first = own & ~1u, other = own ^ 1u;
    const unsigned begin = min(other * run, n), end = min(begin + run, n);
    unsigned low = begin, high = end;
#pragma unroll 1
    while (low < high) {  // pin: halving
        const unsigned middle = (low + high) >> 1;
        const unsigned probe = keys[middle];  // pin: probe
        const bool goes_up = own == first ? probe < key : probe <= key;
        low = goes_up ? middle + 1 : low;
        high = goes_up ? high : middle;
    }
    out[first * run + (i - own * run) + (low - begin)] = key;  // pin: scatter
}
