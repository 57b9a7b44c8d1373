// build: nvcc-13.0 sm_80 sm_90
// Sparse matrix times vector: CSR with a thread a row, CSR with a warp a row, and ELLPACK.
extern "C" __global__ void spmv_csr_scalar(int rows, const int* __restrict__ starts,
                                           const int* __restrict__ columns,
                                           const float* __restrict__ values,
                                           const float* __restrict__ x, float* __restrict__ y) {
  int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  float sum = 0.0f;
  for (int i = starts[row]; i < starts[row + 1]; ++i) sum += values[i] * x[columns[i]];
  y[row] = sum;
}

extern "C" __global__ void spmv_csr_vector(int rows, const int* __restrict__ starts,
                                           const int* __restrict__ columns,
                                           const double* __restrict__ values,
                                           const double* __restrict__ x, double* __restrict__ y) {
  int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
  if (row >= rows) return;
  double sum = 0.0;
  int end = starts[row + 1];
#pragma unroll 1
  for (int i = starts[row] + lane; i < end; i += 32) sum = fma(values[i], x[columns[i]], sum);
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
  if (lane == 0) y[row] = sum;
}

extern "C" __global__ void spmv_ell(int rows, int width, int pitch,
                                    const int* __restrict__ columns,
                                    const float* __restrict__ values, const float* __restrict__ x,
                                    float* __restrict__ y) {
  int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  float sum = 0.0f;
#pragma unroll 2
  for (int i = 0; i < width; ++i) {
    int column = columns[row + i * pitch];
    if (column >= 0) sum = fmaf(values[row + i * pitch], x[column], sum);
  }
  y[row] = sum;
}
