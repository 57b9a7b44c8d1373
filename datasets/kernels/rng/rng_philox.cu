// Random floats by a counter: ten rounds of Philox with a 128-bit counter and a 64-bit key, four
// words a call, brought to [0, 1).
extern "C" __global__ void rng_philox(
    const uint2* __restrict__ keys, float4* __restrict__ out, unsigned n, unsigned streams,
    unsigned high)
{
    const unsigned step = gridDim.x * blockDim.x * blockDim.y;
    unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    for (; i < n; i += step) {
        uint2 key = keys[i % streams];
        uint4 c = make_uint4(i, high, 0x243f6a88u, 0x85a308d3u);
#pragma unroll
        for (unsigned round = 0; round < 10; ++round) {
            const unsigned high0 = __umulhi(0xd2511f53u, c.x), low0 = 0xd2511f53u * c.x;
            const unsigned high1 = __umulhi(0xcd9e8d57u, c.z), low1 = 0xcd9e8d57u * c.z;
            c = make_uint4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
            key.x += 0x9e3779b9u;
            key.y += 0xbb67ae85u;
        }
        out[i] = make_float4((float)(c.x >> 8) * 5.9604645e-8f, (float)(c.y >> 8) * 5.9604645e-8f,
                             (float)(c.z >> 8) * 5.9604645e-8f, (float)(c.w >> 8) * 5.9604645e-8f);
    }
}
