// build: nvcc-13.0 sm_90
// build: nvrtc-11.8 sm_60
// Transpose of 8-byte elements in place of a square matrix: pairs of tiles are swapped through
// one unpadded shared tile each, so the column reads conflict.
extern "C" __global__ void transpose_in_place_f64(double* matrix, unsigned pitch) {
  __shared__ double upper[16][16], lower[16][16];
  if (blockIdx.x > blockIdx.y) return;
  unsigned tx = threadIdx.x, ty = threadIdx.y;
  unsigned long long up = (blockIdx.y * 16ull + ty) * pitch + blockIdx.x * 16u + tx;
  unsigned long long low = (blockIdx.x * 16ull + ty) * pitch + blockIdx.y * 16u + tx;
  upper[ty][tx] = matrix[up];
  if (blockIdx.x != blockIdx.y) lower[ty][tx] = matrix[low];
  __syncthreads();
  matrix[low] = upper[tx][ty];
  if (blockIdx.x != blockIdx.y) matrix[up] = lower[tx][ty];
}
