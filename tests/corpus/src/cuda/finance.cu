// build: nvcc-13.0 sm_80 sm_90
// build: nvcc-13.0 sm_90 --use_fast_math as fastmath
// European options: closed form by Black and Scholes, and Monte Carlo with a xorshift generator
// and the Box-Muller transform.
__device__ float normal_below(float x) { return 0.5f * erfcf(-0.70710678f * x); }

extern "C" __global__ void black_scholes(const float* __restrict__ spots,
                                         const float* __restrict__ strikes,
                                         const float* __restrict__ years, float* __restrict__ calls,
                                         float* __restrict__ puts, float rate, float volatility,
                                         int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    float spot = spots[i], strike = strikes[i], root = volatility * sqrtf(years[i]);
    float d1 = (logf(spot / strike) + (rate + 0.5f * volatility * volatility) * years[i]) / root;
    float discounted = strike * expf(-rate * years[i]);
    float call = spot * normal_below(d1) - discounted * normal_below(d1 - root);
    calls[i] = call;
    puts[i] = call + discounted - spot;
  }
}

__device__ float uniform(uint4& state) {
  unsigned t = state.x ^ state.x << 11;
  state.x = state.y, state.y = state.z, state.z = state.w;
  state.w ^= state.w >> 19 ^ t ^ t >> 8;
  return (state.w + 0.5f) * 2.3283064e-10f;
}

extern "C" __global__ void monte_carlo_option(float* __restrict__ payoffs, float spot, float strike,
                                              float drift, float spread, int pairs,
                                              unsigned seed) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  uint4 state = make_uint4(seed ^ i * 2654435761u, seed + i, i * 40503u + 1u, 88675123u);
  float sum = 0.0f;
  for (int pair = 0; pair < pairs; ++pair) {
    float radius = sqrtf(-2.0f * logf(uniform(state))), sine, cosine;
    sincosf(6.2831853f * uniform(state), &sine, &cosine);
    sum += fmaxf(spot * expf(drift + spread * radius * cosine) - strike, 0.0f);
    sum += fmaxf(spot * expf(drift + spread * radius * sine) - strike, 0.0f);
  }
  payoffs[i] = sum / (2 * pairs);
}
