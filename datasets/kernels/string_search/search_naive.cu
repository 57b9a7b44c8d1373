// Where a pattern stands in a text: each thread compares at its own place and stops at the first
// letter that differs; a warp writes one word of flags.
extern "C" __global__ void search_naive(
    const unsigned char* __restrict__ text, const unsigned char* __restrict__ pattern,
    unsigned* __restrict__ found, unsigned places, unsigned length)
{
    const unsigned place = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    bool same = place < places;
    unsigned k = 0;
#pragma unroll 1
    while (same & (k < length)) {  // pin: letters
        same = text[place + k] == pattern[k];
        ++k;
    }
    const unsigned flags = __ballot_sync(0xffffffffu, same);
    if ((place & 31u) == 0 && place < places) found[place >> 5] = flags;
}
