// Mean pay-off of an average-price option: a thread walks `paths` paths of `steps` steps, with
// normal numbers by Box and Muller from a counter that is mixed to random bits.
__device__ __forceinline__ unsigned mixed(unsigned x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

extern "C" __global__ void monte_carlo_paths(
    const float* __restrict__ strikes, float* __restrict__ payoffs, unsigned threads,
    unsigned paths, unsigned steps, unsigned seed, float drift, float spread)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= threads) return;
    const float strike = strikes[i];
    unsigned counter = (seed + i) * 0x9e3779b9u;
    float sum = 0.0f;
    for (unsigned path = 0; path < paths; ++path) {
        float log_price = 0.0f, average = 0.0f;
        for (unsigned step = 0; step < steps; ++step) {
            const unsigned first = mixed(counter), second = mixed(counter + 0x85ebca6bu);
            counter += 0x9e3779b9u;
            const float u = ((float)(first >> 8) + 0.5f) * 5.9604645e-8f;
            const float turn = (float)(second >> 8) * 3.7450703e-7f;
            const float normal = sqrtf(-2.0f * __logf(u)) * __cosf(turn);
            log_price += drift + spread * normal;
            average += __expf(log_price);
        }
        sum += fmaxf(average / (float)steps - strike, 0.0f);
    }
    payoffs[i] = sum / (float)paths;
}
