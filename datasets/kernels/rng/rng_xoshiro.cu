// A stretch of random 64-bit words for each state by shifts, rotations and exclusive-or on 256
// bits of state, which is written back elsewhere: words of one thread lie a thread count apart.
__device__ __forceinline__ unsigned long long rotated(unsigned long long x, int by)
{
    return x << by | x >> (64 - by);
}

extern "C" __global__ void rng_xoshiro(
    const ulonglong2* __restrict__ states, unsigned long long* __restrict__ out,
    ulonglong2* __restrict__ next, unsigned threads, unsigned words)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= threads) return;
    const ulonglong2 first = states[2 * i], second = states[2 * i + 1];
    unsigned long long a = first.x, b = first.y, c = second.x, d = second.y;
    for (unsigned word = 0; word < words; ++word) {
        out[(size_t)word * threads + i] = rotated(b * 5, 7) * 9;
        const unsigned long long shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = rotated(d, 45);
    }
    next[2 * i] = make_ulonglong2(a, b);
    next[2 * i + 1] = make_ulonglong2(c, d);
}
