// Filters a signal: a block's stretch and its edges lie in shared memory, the taps beside them.
extern "C" __global__ void convolution_signal(
    const float* __restrict__ signal, const float* __restrict__ taps, float* __restrict__ out,
    unsigned n, unsigned tap_count)
{
    extern __shared__ float stretch[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned first = blockIdx.x * threads;
    const unsigned span = threads + tap_count - 1;
    float* kept_taps = stretch + span;
    for (unsigned i = tid; i < span; i += threads) {
        const int at = (int)(first + i) - (int)(tap_count / 2);
        stretch[i] = at >= 0 && at < (int)n ? signal[at] : 0.0f;
    }
    for (unsigned i = tid; i < tap_count; i += threads) kept_taps[i] = taps[i];
    __syncthreads();
    if (first + tid >= n) return;
    float sum = 0.0f;
    for (unsigned tap = 0; tap < tap_count; ++tap) sum += kept_taps[tap] * stretch[tid + tap];
    out[first + tid] = sum;
}
