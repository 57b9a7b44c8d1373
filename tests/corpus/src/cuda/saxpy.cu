// build: nvcc-13.0 sm_90 sm_120
// build: nvrtc-12.1 sm_60
// y = a x + y over a grid-stride loop, so that any grid covers any n.
extern "C" __global__ void saxpy(int n, float a, const float* __restrict__ x,
                                 float* __restrict__ y) {
  int stride = gridDim.x * blockDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) {
    y[i] = a * x[i] + y[i];
  }
}
