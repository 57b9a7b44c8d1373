// SHA-256 of many messages of `blocks` whole blocks each, a message a thread; words of a block lie
// side by side for neighbouring messages. The schedule of sixteen words turns in registers.
__constant__ unsigned rounds[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
    0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
    0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
    0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
    0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
    0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
    0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
    0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
    0xc67178f2u};

__device__ __forceinline__ unsigned turned(unsigned x, int by)
{
    return __funnelshift_r(x, x, by);
}

extern "C" __global__ void sha256_messages(
    const unsigned* __restrict__ words, unsigned* __restrict__ digests,
    unsigned messages, unsigned blocks)
{
    const unsigned m = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (m >= messages) return;
    unsigned state[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                         0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
#pragma unroll 1
    for (unsigned block = 0; block < blocks; ++block) {
        unsigned w[16];
#pragma unroll
        for (unsigned i = 0; i < 16; ++i) w[i] = words[(size_t)(block * 16 + i) * messages + m];
        unsigned a = state[0], b = state[1], c = state[2], d = state[3];
        unsigned e = state[4], f = state[5], g = state[6], h = state[7];
#pragma unroll 1
        for (unsigned first = 0; first < 64; first += 16) {
#pragma unroll
            for (unsigned i = 0; i < 16; ++i) {
                const unsigned big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
                const unsigned big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
                const unsigned t1 = h + big1 + ((e & f) ^ (~e & g)) + rounds[first + i] + w[i];
                const unsigned t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
                h = g, g = f, f = e, e = d + t1;
                d = c, c = b, b = a, a = t1 + t2;
                const unsigned old = w[(i + 1) & 15], late = w[(i + 14) & 15];
                const unsigned small0 = turned(old, 7) ^ turned(old, 18) ^ (old >> 3);
                const unsigned small1 = turned(late, 17) ^ turned(late, 19) ^ (late >> 10);
                w[i] += small0 + w[(i + 9) & 15] + small1;
            }
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
#pragma unroll
    for (unsigned i = 0; i < 8; ++i) digests[(size_t)i * messages + m] = state[i];
}
