// build: nvcc-13.0 sm_80 sm_90
// y = A x in single precision, one warp a row, four columns a lane at a time.
extern "C" __global__ void gemv(const float4* __restrict__ a, const float4* __restrict__ x,
                                float* __restrict__ y, int rows, int quads) {
  int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
  if (row >= rows) return;
  float sum = 0.0f;
  for (int i = threadIdx.x % 32; i < quads; i += 32) {
    float4 left = a[(size_t)row * quads + i], right = x[i];
    sum += left.x * right.x + left.y * right.y + left.z * right.z + left.w * right.w;
  }
  for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_xor_sync(~0u, sum, offset);
  if (threadIdx.x % 32 == 0) y[row] = sum;
}
