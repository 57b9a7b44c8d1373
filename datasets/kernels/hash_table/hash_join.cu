// A join by a hash table of buckets of eight keys: each key of the other side looks through its
// bucket until it meets itself or an empty place, and adds up what it finds.
extern "C" __global__ void hash_join(
    const unsigned* __restrict__ probes, const unsigned* __restrict__ keys,
    const unsigned* __restrict__ payloads, unsigned* __restrict__ found,
    unsigned count, unsigned shift)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const unsigned probe = probes[i];
    const size_t bucket = (size_t)(probe * 2654435769u >> shift) * 8;
    unsigned place = 0, key;
#pragma unroll 1
    do {
        key = keys[bucket + place];  // pin: key
        ++place;
    } while ((key != probe) & (key != 0) & (place < 8));  // pin: looks
    unsigned result = 0xffffffffu;
    if (key == probe)  // pin: match
        result = payloads[bucket + place - 1];  // pin: payload
    found[i] = result;
}
