// build: nvcc-13.0 sm_80 sm_90
// Open addressing with linear probing: 64-bit entries are claimed by compare-and-swap; a lookup
// counts matches.
__device__ unsigned scrambled(unsigned key) {
  key ^= key >> 16;
  key *= 0x7feb352du;
  key ^= key >> 15;
  key *= 0x846ca68bu;
  return key ^ key >> 16;
}

extern "C" __global__ void hash_insert(const unsigned* __restrict__ keys,
                                       const unsigned* __restrict__ values,
                                       unsigned long long* table, unsigned mask, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned key = keys[i], slot = scrambled(key) & mask;
  unsigned long long entry = (unsigned long long)key << 32 | values[i];
  while (true) {
    unsigned long long seen = atomicCAS(&table[slot], ~0ull, entry);
    if (seen == ~0ull) return;
    if (seen >> 32 == key) {
      atomicExch(&table[slot], entry);
      return;
    }
    slot = (slot + 1) & mask;
  }
}

extern "C" __global__ void hash_join_count(const unsigned* __restrict__ probes,
                                           const ulonglong2* __restrict__ table, unsigned mask,
                                           unsigned long long* __restrict__ total, int n) {
  unsigned matches = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    unsigned slot = scrambled(probes[i]) & mask;
    for (int step = 0; step < 64; ++step) {
      ulonglong2 pair = table[slot >> 1];
      matches += (pair.x >> 32 == probes[i]) + (pair.y >> 32 == probes[i]);
      if (pair.x == ~0ull || pair.y == ~0ull) break;
      slot = (slot + 2) & mask;
    }
  }
  matches = __reduce_add_sync(~0u, matches);
  if ((threadIdx.x & 31) == 0) atomicAdd(total, (unsigned long long)matches);
}
