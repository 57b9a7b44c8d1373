// Which keys may be in a set, by a Bloom filter of blocks of 256 bits: one hash picks the block,
// products of the key with eight odd numbers pick a bit in each of its words.
extern "C" __global__ void bloom_probe(
    const unsigned long long* __restrict__ keys, const uint4* __restrict__ filter,
    unsigned* __restrict__ maybe, unsigned count, unsigned blocks)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    bool passes = false;
    if (i < count) {
        const unsigned long long hash = keys[i] * 0x9e3779b97f4a7c15ull;
        const size_t block = __umulhi((unsigned)(hash >> 32), blocks);
        const unsigned low = (unsigned)hash ^ (unsigned)(hash >> 17);
        const uint4 a = filter[2 * block];  // pin: first
        const uint4 b = filter[2 * block + 1];  // pin: second
        const unsigned words[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
        const unsigned odd[8] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
                                 0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u};
        unsigned all = 1;
#pragma unroll
        for (unsigned k = 0; k < 8; ++k) all &= words[k] >> (low * odd[k] >> 27);
        passes = all & 1u;
    }
    const unsigned votes = __ballot_sync(0xffffffffu, passes);
    if ((i & 31u) == 0 && i < count) maybe[i >> 5] = votes;
}
