// build: nvcc-13.0 sm_90
// build: nvcc-13.0 sm_90 -G as debug
// build: nvrtc-12.9 sm_70
// Dot product: grid-stride partial sums, warp shuffles, one atomic a block.
extern "C" __global__ void __launch_bounds__(256) dot(const float* __restrict__ x,
                                                      const float* __restrict__ y,
                                                      float* __restrict__ result, int n) {
  __shared__ float partial[8];
  float sum = 0.0f;
  for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256) {
    sum = fmaf(x[i], y[i], sum);
  }
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(~0u, sum, offset);
  if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = sum;
  __syncthreads();
  if (threadIdx.x < 8) {
    sum = partial[threadIdx.x];
    for (int offset = 4; offset > 0; offset /= 2) sum += __shfl_down_sync(0xffu, sum, offset);
    if (threadIdx.x == 0) atomicAdd(result, sum);
  }
}
