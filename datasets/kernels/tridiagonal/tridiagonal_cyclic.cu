// Many tridiagonal systems, one a block, by parallel cyclic reduction in shared memory: each pass
// joins a row with those twice as far, until every row stands alone. A thread owns a row.
extern "C" __global__ void tridiagonal_cyclic(
    const double* __restrict__ below, const double* __restrict__ middle,
    const double* __restrict__ above, const double* __restrict__ right,
    double* __restrict__ x, unsigned n)
{
    extern __shared__ double held[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    double *low = held, *mid = held + n, *high = held + 2 * n, *value = held + 3 * n;
    const size_t base = (size_t)blockIdx.x * n;
    double a = 0.0, b = 1.0, c = 0.0, d = 0.0;
    if (tid < n) {
        a = tid ? below[base + tid] : 0.0;
        b = middle[base + tid];
        c = tid + 1 < n ? above[base + tid] : 0.0;
        d = right[base + tid];
    }
    for (unsigned apart = 1; apart < n; apart <<= 1) {
        if (tid < n) low[tid] = a, mid[tid] = b, high[tid] = c, value[tid] = d;
        __syncthreads();
        if (tid < n) {
            double na = 0.0, nc = 0.0;
            if (tid >= apart) {
                const double k = a / mid[tid - apart];
                na = -k * low[tid - apart];
                b -= k * high[tid - apart];
                d -= k * value[tid - apart];
            }
            if (tid + apart < n) {
                const double k = c / mid[tid + apart];
                nc = -k * high[tid + apart];
                b -= k * low[tid + apart];
                d -= k * value[tid + apart];
            }
            a = na;
            c = nc;
        }
        __syncthreads();
    }
    if (tid < n) x[base + tid] = d / b;
}
