// build: nvcc-13.0 sm_80 sm_90
// STREAM triad in double precision, two elements a thread through 16-byte vector accesses,
// with 64-bit index arithmetic for arrays beyond 2^31 elements.
extern "C" __global__ void triad_f64(double2* __restrict__ a, const double2* __restrict__ b,
                                     const double2* __restrict__ c, double scalar,
                                     long long pairs) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= pairs) return;
  double2 left = b[i], right = c[i];
  a[i] = make_double2(left.x + scalar * right.x, left.y + scalar * right.y);
}
