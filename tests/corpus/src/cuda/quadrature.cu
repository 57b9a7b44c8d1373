// build: nvcc-13.0 sm_80 sm_90
// build: nvcc-13.0 sm_90 -G as debug
// Adaptive Simpson quadrature of a damped oscillation by a recursive device function.

__device__ double integrand(double x, double damping) { return exp(-damping * x) * cos(7.0 * x); }

__device__ __noinline__ double refine(double left, double right, double f_left, double f_mid,
                                      double f_right, double damping, double tolerance,
                                      int depth) {
  double mid = 0.5 * (left + right), width = right - left;
  double f_lower = integrand(0.5 * (left + mid), damping);
  double f_upper = integrand(0.5 * (mid + right), damping);
  double whole = width / 6.0 * (f_left + 4.0 * f_mid + f_right);
  double lower = width / 12.0 * (f_left + 4.0 * f_lower + f_mid);
  double upper = width / 12.0 * (f_mid + 4.0 * f_upper + f_right);
  double error = lower + upper - whole;
  if (depth == 0 || fabs(error) < 15.0 * tolerance) return lower + upper + error / 15.0;
  return refine(left, mid, f_left, f_lower, f_mid, damping, 0.5 * tolerance, depth - 1) +
         refine(mid, right, f_mid, f_upper, f_right, damping, 0.5 * tolerance, depth - 1);
}


extern "C" __global__ void quadrature(const double* __restrict__ dampings,
                                      double* __restrict__ integrals, double end, int depth,
                                      int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double damping = dampings[i], mid = 0.5 * end;
  integrals[i] = refine(0.0, end, integrand(0.0, damping), integrand(mid, damping),
                        integrand(end, damping), damping, 1e-9, depth);
}
