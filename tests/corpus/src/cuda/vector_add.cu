// build: nvcc-13.0 sm_75 sm_90
// build: nvrtc-11.8 sm_50
// z = x + y, one element a thread; the plainest kernel there is.
extern "C" __global__ void vector_add(const float* x, const float* y, float* z, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) z[i] = x[i] + y[i];
}
