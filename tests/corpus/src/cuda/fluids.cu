// build: nvcc-13.0 sm_80 sm_90
// Euler equations on a plane in double precision: fluxes of one direction by the HLLC solver, which
// branches on wave speeds computed from the loaded states.
struct State {
  double density, along, across, energy;
};

__device__ State load(const double* __restrict__ fields, int cells, int at) {
  State s = {fields[at], fields[cells + at], fields[2 * cells + at], fields[3 * cells + at]};
  return s;
}

__device__ double pressure(const State& s, double gamma) {
  return (gamma - 1.0) *
         (s.energy - 0.5 * (s.along * s.along + s.across * s.across) / s.density);
}

__device__ State flux(const State& s, double p) {
  double u = s.along / s.density;
  State f = {s.along, s.along * u + p, s.across * u, (s.energy + p) * u};
  return f;
}

__device__ State star(const State& s, double p, double speed, double middle) {
  double u = s.along / s.density, factor = s.density * (speed - u) / (speed - middle);
  double energy = s.energy / s.density + (middle - u) * (middle + p / (s.density * (speed - u)));
  State f = flux(s, p);
  f.density += speed * (factor - s.density);
  f.along += speed * (factor * middle - s.along);
  f.across += speed * (factor * s.across / s.density - s.across);
  f.energy += speed * (factor * energy - s.energy);
  return f;
}

extern "C" __global__ void __launch_bounds__(128)
    riemann_fluxes(const double* __restrict__ fields, double* __restrict__ fluxes, int nx, int ny,
                   double gamma) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y;
  if (x >= nx - 1) return;
  int cells = nx * ny, at = y * nx + x;
  State left = load(fields, cells, at), right = load(fields, cells, at + 1), f;
  double pl = pressure(left, gamma), pr = pressure(right, gamma);
  double ul = left.along / left.density, ur = right.along / right.density;
  double cl = sqrt(gamma * pl / left.density), cr = sqrt(gamma * pr / right.density);
  double slow = fmin(ul - cl, ur - cr), fast = fmax(ul + cl, ur + cr);
  double middle = (pr - pl + left.along * (slow - ul) - right.along * (fast - ur)) /
                  (left.density * (slow - ul) - right.density * (fast - ur));
  if (slow >= 0.0)
    f = flux(left, pl);
  else if (middle >= 0.0)
    f = star(left, pl, slow, middle);
  else if (fast > 0.0)
    f = star(right, pr, fast, middle);
  else
    f = flux(right, pr);
  fluxes[at] = f.density;
  fluxes[cells + at] = f.along;
  fluxes[2 * cells + at] = f.across;
  fluxes[3 * cells + at] = f.energy;
}
