// build: nvcc-13.0 sm_80 sm_90
// Keeps the values above a threshold: ballot and population count give each lane its place, one
// atomic a warp reserves room.
extern "C" __global__ void compact_above(const float* __restrict__ in, float* __restrict__ out,
                                         unsigned* __restrict__ kept, float threshold, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float value = i < n ? in[i] : threshold;
  bool keep = value > threshold;
  unsigned mask = __ballot_sync(~0u, keep);
  if (mask == 0) return;
  unsigned lane, below, first = 0;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  asm("mov.u32 %0, %%lanemask_lt;" : "=r"(below));
  int leader = __ffs(mask) - 1;
  if ((int)lane == leader) first = atomicAdd(kept, __popc(mask));
  first = __shfl_sync(~0u, first, leader);
  if (keep) out[first + __popc(mask & below)] = value;
}

// Sums values by key where neighbours often share keys: match.any groups the lanes of a warp.
extern "C" __global__ void sum_by_key(const int* __restrict__ keys, const int* __restrict__ values,
                                      int* __restrict__ totals, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int key = keys[i];
  unsigned peers = __match_any_sync(__activemask(), key);
  int total = __reduce_add_sync(peers, values[i]);
  if (__ffs(peers) - 1 == (int)(threadIdx.x & 31)) atomicAdd(&totals[key], total);
}
