// build: nvcc-13.0 sm_80 sm_90
// build: nvrtc-11.8 sm_60
// Double-precision library functions: a table of gamma, error and Bessel values, and great-circle
// distances.
extern "C" __global__ void tabulate(double* __restrict__ table, double from, double step, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double x = from + i * step;
  table[i] = lgamma(x);
  table[n + i] = erf(x) * pow(x, 1.0 / 3.0);
  table[2 * n + i] = j0(x) + cbrt(x);
}

extern "C" __global__ void great_circle(const double2* __restrict__ from,
                                        const double2* __restrict__ to,
                                        double* __restrict__ kilometres, double radius, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double2 a = from[i], b = to[i];
  double north = sin(0.5 * (b.x - a.x)), east = sin(0.5 * (b.y - a.y));
  double part = north * north + cos(a.x) * cos(b.x) * east * east;
  kilometres[i] = 2.0 * radius * atan2(sqrt(part), sqrt(1.0 - part));
}
