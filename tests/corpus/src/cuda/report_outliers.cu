// build: nvcc-13.0 sm_90 sm_100a
// build: nvrtc-12.1 sm_70
// Prints samples that lie far from a mean (vprintf with a packed argument buffer).
extern "C" __device__ int printf(const char*, ...);

extern "C" __global__ void report_outliers(const float* __restrict__ samples, double mean,
                                           double limit, unsigned* __restrict__ found, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double away = samples[i] - mean;
  if (away > limit || away < -limit) {
    unsigned order = atomicInc(found, 0xffffffffu);
    if (order < 8) printf("outlier %u at %d: %g (block %d)\n", order, i, away, (int)blockIdx.x);
  }
}
