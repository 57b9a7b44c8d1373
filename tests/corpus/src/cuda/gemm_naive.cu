// build: nvcc-13.0 sm_75 sm_90
// build: nvrtc-11.8 sm_50
// C = alpha A B + beta C in single precision, one element of C a thread.
extern "C" __global__ void gemm_naive(int m, int n, int k, float alpha, const float* a,
                                      const float* b, float beta, float* c) {
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  if (row >= m || column >= n) return;
  float sum = 0.0f;
  for (int i = 0; i < k; ++i) sum += a[row * k + i] * b[i * n + column];
  c[row * n + column] = alpha * sum + beta * c[row * n + column];
}
