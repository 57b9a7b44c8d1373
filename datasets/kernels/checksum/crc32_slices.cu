// CRC-32 of many packets, one a thread: four bytes at a time through four tables in shared memory.
extern "C" __global__ void crc32_slices(
    const unsigned* __restrict__ packets, const unsigned* __restrict__ tables,
    unsigned* __restrict__ sums, unsigned count, unsigned words)
{
    __shared__ unsigned held[4 * 256];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned i = tid; i < 4 * 256; i += threads) held[i] = tables[i];
    __syncthreads();
    const unsigned packet = blockIdx.x * threads + tid;
    if (packet >= count) return;
    unsigned crc = 0xffffffffu;
#pragma unroll 2
    for (unsigned i = 0; i < words; ++i) {
        const unsigned mixed = crc ^ packets[(size_t)i * count + packet];
        crc = held[768 + (mixed & 255u)];  // pin: table
        crc ^= held[512 + (mixed >> 8 & 255u)];  // pin: table
        crc ^= held[256 + (mixed >> 16 & 255u)];  // pin: table
        crc ^= held[mixed >> 24];  // pin: table
    }
    sums[packet] = ~crc;
}
