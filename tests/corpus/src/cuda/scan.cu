// build: nvcc-13.0 sm_75 sm_90
// Work-efficient exclusive prefix sum of 2·blockDim values a block, and the pass that adds the
// scanned block totals back.
extern "C" __global__ void scan_blocks(const unsigned* __restrict__ input,
                                       unsigned* __restrict__ output,
                                       unsigned* __restrict__ totals, int n) {
  extern __shared__ unsigned tree[];
  int lane = threadIdx.x, width = 2 * blockDim.x, base = blockIdx.x * width;
  tree[2 * lane] = base + 2 * lane < n ? input[base + 2 * lane] : 0;
  tree[2 * lane + 1] = base + 2 * lane + 1 < n ? input[base + 2 * lane + 1] : 0;
  int offset = 1;
  for (int active = width >> 1; active > 0; active >>= 1, offset <<= 1) {
    __syncthreads();
    if (lane < active) {
      int left = offset * (2 * lane + 1) - 1, right = offset * (2 * lane + 2) - 1;
      tree[right] += tree[left];
    }
  }
  if (lane == 0) {
    totals[blockIdx.x] = tree[width - 1];
    tree[width - 1] = 0;
  }
  for (int active = 1; active < width; active <<= 1) {
    offset >>= 1;
    __syncthreads();
    if (lane < active) {
      int left = offset * (2 * lane + 1) - 1, right = offset * (2 * lane + 2) - 1;
      unsigned carried = tree[left];
      tree[left] = tree[right];
      tree[right] += carried;
    }
  }
  __syncthreads();
  if (base + 2 * lane < n) output[base + 2 * lane] = tree[2 * lane];
  if (base + 2 * lane + 1 < n) output[base + 2 * lane + 1] = tree[2 * lane + 1];
}

extern "C" __global__ void scan_add_totals(uint4* __restrict__ output,
                                           const unsigned* __restrict__ totals, int quads) {
  __shared__ unsigned carried;
  if (threadIdx.x == 0) carried = totals[blockIdx.x];
  __syncthreads();
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= quads) return;
  uint4 four = output[i];
  four.x += carried;
  four.y += carried;
  four.z += carried;
  four.w += carried;
  output[i] = four;
}
