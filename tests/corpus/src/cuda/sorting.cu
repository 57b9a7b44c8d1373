// build: nvcc-13.5 sm_90 -lineinfo as lineinfo
// build: nvcc-13.0 sm_80 sm_90
// build: nvrtc-12.9 sm_70
// Sorting: one compare-exchange step of a bitonic network over global memory, a block-local radix
// scatter by a 4-bit digit, and the partition of a merge path.
extern "C" __global__ void bitonic_step(unsigned* __restrict__ keys, unsigned distance,
                                        unsigned run) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned low = (i / distance) * 2 * distance + i % distance;
  unsigned a = keys[low], b = keys[low + distance];
  bool rising = (low & run) == 0;
  if ((a > b) == rising) {
    keys[low] = b;
    keys[low + distance] = a;
  }
}

extern "C" __global__ void __launch_bounds__(256)
    radix_scatter(const unsigned* __restrict__ keys, unsigned* __restrict__ sorted,
                  const unsigned* __restrict__ starts, int shift, int n) {
  __shared__ unsigned counts[16][8], places[16];
  int t = threadIdx.x, i = blockIdx.x * 256 + t, warp = t / 32;
  unsigned key = i < n ? keys[i] : 0xffffffffu, digit = key >> shift & 15, peers = ~0u;
#pragma unroll
  for (int bit = 0; bit < 4; ++bit) {
    unsigned votes = __ballot_sync(~0u, digit >> bit & 1);
    peers &= digit >> bit & 1 ? votes : ~votes;
  }
  unsigned before = __popc(peers & (1u << t % 32) - 1);
  if (t < 128) counts[t / 8][t % 8] = 0;
  __syncthreads();
  if (before == 0) counts[digit][warp] = __popc(peers);
  __syncthreads();
  if (t < 16) {
    places[t] = starts[t * gridDim.x + blockIdx.x];
    unsigned sum = 0;
    for (int w = 0; w < 8; ++w) {
      unsigned count = counts[t][w];
      counts[t][w] = sum;
      sum += count;
    }
  }
  __syncthreads();
  if (i < n) sorted[places[digit] + counts[digit][warp] + before] = key;
}

extern "C" __global__ void merge_path(const int* __restrict__ a, int a_count,
                                      const int* __restrict__ b, int b_count,
                                      int* __restrict__ splits, int part) {
  int diagonal = (blockIdx.x * blockDim.x + threadIdx.x) * part;
  if (diagonal > a_count + b_count) return;
  int low = max(0, diagonal - b_count), high = min(diagonal, a_count);
  while (low < high) {
    int mid = (low + high) >> 1;
    if (a[mid] <= b[diagonal - 1 - mid])
      low = mid + 1;
    else
      high = mid;
  }
  splits[blockIdx.x * blockDim.x + threadIdx.x] = low;
}
