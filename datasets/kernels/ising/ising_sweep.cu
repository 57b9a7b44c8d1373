// Half a sweep of a magnet: spins of one colour of a chessboard turn over with a chance that
// depends on their four neighbours and the heat; chance comes from a hash of place and sweep.
__device__ __forceinline__ unsigned mixed(unsigned x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ (x >> 16);
}

extern "C" __global__ void ising_sweep(
    const signed char* __restrict__ spins, signed char* __restrict__ after,
    unsigned width, unsigned height, unsigned colour, unsigned sweep, float cold)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const size_t row = (size_t)y * width;
    int spin = spins[row + x];
    if (((x + y) & 1u) == colour) {
        const int around = spins[row + (x ? x - 1 : width - 1)] +
                           spins[row + (x + 1 < width ? x + 1 : 0)] +
                           spins[(size_t)(y ? y - 1 : height - 1) * width + x] +
                           spins[(size_t)(y + 1 < height ? y + 1 : 0) * width + x];
        const unsigned random = mixed((unsigned)(row + x) ^ mixed(sweep));
        const float chance = (float)(random >> 8) * 0x1p-24f;
        spin = chance < __expf(-2.0f * cold * (float)(spin * around)) ? -spin : spin;
    }
    after[row + x] = (signed char)spin;
}
