// Adler-32 of many packets of bytes, one a warp: each lane sums its words and their weighted
// positions by four-way dot products; the parts are joined by shuffles.
extern "C" __global__ void adler32_chunks(
    const uint4* __restrict__ packets, unsigned* __restrict__ sums, unsigned count, unsigned quads)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned packet = blockIdx.x * ((blockDim.x * blockDim.y) >> 5) + (tid >> 5);
    if (packet >= count) return;
    const uint4* mine = packets + (size_t)packet * quads;
    const unsigned length = 16 * quads;
    unsigned long long plain = 0, weighted = 0;
    for (unsigned q = tid & 31u; q < quads; q += 32) {
        const uint4 quad = mine[q];
        const unsigned left = length - 16 * q;
        unsigned total = 0, inside = 0;
        const unsigned parts[4] = {quad.x, quad.y, quad.z, quad.w};
#pragma unroll
        for (unsigned k = 0; k < 4; ++k) {
            const unsigned sum = __dp4a(parts[k], 0x01010101u, 0u);
            total += sum;
            inside += 4 * k * sum + __dp4a(parts[k], 0x03020100u, 0u);
        }
        plain += total;
        weighted += (unsigned long long)left * total - inside;
    }
#pragma unroll
    for (unsigned offset = 16; offset; offset >>= 1) {
        plain += __shfl_xor_sync(0xffffffffu, plain, offset);
        weighted += __shfl_xor_sync(0xffffffffu, weighted, offset);
    }
    if (tid & 31u) return;
    const unsigned a = (unsigned)((1 + plain) % 65521u);
    const unsigned b = (unsigned)((length + weighted) % 65521u);
    sums[packet] = b << 16 | a;
}
