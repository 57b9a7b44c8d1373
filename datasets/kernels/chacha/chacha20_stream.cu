// ChaCha20: sixty-four bytes a thread are enciphered by twenty rounds on sixteen words.
__device__ __forceinline__ void quarter(unsigned& a, unsigned& b, unsigned& c, unsigned& d)
{
    a += b, d = __funnelshift_l(d ^ a, d ^ a, 16);
    c += d, b = __funnelshift_l(b ^ c, b ^ c, 12);
    a += b, d = __funnelshift_l(d ^ a, d ^ a, 8);
    c += d, b = __funnelshift_l(b ^ c, b ^ c, 7);
}

extern "C" __global__ void chacha20_stream(
    const uint4* __restrict__ text, const unsigned* __restrict__ start,
    uint4* __restrict__ cipher, unsigned blocks, unsigned double_rounds)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= blocks) return;
    unsigned x[16];
#pragma unroll
    for (unsigned k = 0; k < 16; ++k) x[k] = start[k];
    x[12] += i;
#pragma unroll 1
    for (unsigned round = 0; round < double_rounds; ++round) {
#pragma unroll
        for (unsigned k = 0; k < 4; ++k) quarter(x[k], x[4 + k], x[8 + k], x[12 + k]);
#pragma unroll
        for (unsigned k = 0; k < 4; ++k)
            quarter(x[k], x[4 + (k + 1) % 4], x[8 + (k + 2) % 4], x[12 + (k + 3) % 4]);
    }
#pragma unroll
    for (unsigned k = 0; k < 16; ++k) x[k] += start[k];
    x[12] += i;
#pragma unroll
    for (unsigned k = 0; k < 4; ++k) {
        const uint4 plain = text[(size_t)i * 4 + k];
        cipher[(size_t)i * 4 + k] = make_uint4(plain.x ^ x[4 * k], plain.y ^ x[4 * k + 1],
                                               plain.z ^ x[4 * k + 2], plain.w ^ x[4 * k + 3]);
    }
}
