// Logarithm of the gamma function by Lanczos' sum of `terms` quotients, and of the beta function
// of neighbours by three of them.
__device__ __forceinline__ float log_gamma(float x, const float* sums, unsigned terms)
{
    float series = 1.0f;
    for (unsigned term = 0; term < terms; ++term)
        series += __fdividef(sums[term], x + (float)term);
    const float t = x + 4.5f;
    return 0.9189385f + (x - 0.5f) * __logf(t) - t + __logf(series);
}

extern "C" __global__ void gamma_logarithm(
    const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ lanczos,
    float* __restrict__ log_beta, unsigned n, unsigned terms)
{
    __shared__ float sums[32];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    if (tid < terms) sums[tid] = lanczos[tid];
    __syncthreads();
    const unsigned i = blockIdx.x * blockDim.x * blockDim.y + tid;
    if (i >= n) return;
    const float a = x[i], b = y[i];
    log_beta[i] =
        log_gamma(a, sums, terms) + log_gamma(b, sums, terms) - log_gamma(a + b, sums, terms);
}
