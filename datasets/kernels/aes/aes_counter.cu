// AES-128 in counter mode by one table of 256 words in shared memory, turned for the other three;
// round keys are given. A block of sixteen bytes a thread.
__device__ __forceinline__ unsigned mixed(
    const unsigned* table, unsigned a, unsigned b, unsigned c, unsigned d, unsigned key)
{
    const unsigned first = table[a & 255u];         // pin: table
    const unsigned second = table[b >> 8 & 255u];   // pin: table
    const unsigned third = table[c >> 16 & 255u];   // pin: table
    const unsigned fourth = table[d >> 24];         // pin: table
    return first ^ __funnelshift_l(second, second, 8) ^ __funnelshift_l(third, third, 16) ^
           __funnelshift_l(fourth, fourth, 24) ^ key;
}

__device__ __forceinline__ unsigned substituted(
    const unsigned* table, unsigned a, unsigned b, unsigned c, unsigned d, unsigned key)
{
    const unsigned first = table[a & 255u];         // pin: table
    const unsigned second = table[b >> 8 & 255u];   // pin: table
    const unsigned third = table[c >> 16 & 255u];   // pin: table
    const unsigned fourth = table[d >> 24];         // pin: table
    return ((first >> 8 & 255u) | (second & 0xff00u) | (third & 0xff00u) << 8 |
            (fourth & 0xff00u) << 16) ^ key;
}

extern "C" __global__ void aes_counter(
    const uint4* __restrict__ text, const unsigned* __restrict__ table,
    const unsigned* __restrict__ keys, uint4* __restrict__ cipher, unsigned blocks,
    unsigned nonce0, unsigned nonce1, unsigned nonce2)
{
    __shared__ unsigned held[256];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned i = tid; i < 256; i += threads) held[i] = table[i];
    __syncthreads();
    for (unsigned i = blockIdx.x * threads + tid; i < blocks; i += gridDim.x * threads) {
        unsigned a = nonce0 ^ keys[0], b = nonce1 ^ keys[1], c = nonce2 ^ keys[2];
        unsigned d = __byte_perm(i, 0, 0x0123) ^ keys[3];
#pragma unroll 3
        for (unsigned round = 1; round < 10; ++round) {
            const unsigned* key = keys + 4 * round;
            const unsigned na = mixed(held, a, b, c, d, key[0]);
            const unsigned nb = mixed(held, b, c, d, a, key[1]);
            const unsigned nc = mixed(held, c, d, a, b, key[2]);
            d = mixed(held, d, a, b, c, key[3]);
            a = na, b = nb, c = nc;
        }
        const uint4 plain = text[i];
        cipher[i] = make_uint4(plain.x ^ substituted(held, a, b, c, d, keys[40]),
                               plain.y ^ substituted(held, b, c, d, a, keys[41]),
                               plain.z ^ substituted(held, c, d, a, b, keys[42]),
                               plain.w ^ substituted(held, d, a, b, c, keys[43]));
    }
}
