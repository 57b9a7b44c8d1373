// build: nvcc-13.0 sm_80 sm_90
// build: nvrtc-11.8 sm_50
// Maximum of an array by a shared-memory tree whose depth follows the block size at run time.
extern "C" __global__ void reduce_max_tree(const int* __restrict__ values, int* __restrict__ maxima,
                                           unsigned n) {
  extern __shared__ int tree[];
  unsigned lane = threadIdx.x;
  unsigned i = blockIdx.x * blockDim.x * 2 + lane;
  int best = i < n ? values[i] : -2147483647 - 1;
  if (i + blockDim.x < n) best = max(best, values[i + blockDim.x]);
  tree[lane] = best;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half >>= 1) {
    if (lane < half) tree[lane] = max(tree[lane], tree[lane + half]);
    __syncthreads();
  }
  if (lane == 0) maxima[blockIdx.x] = tree[0];
}
