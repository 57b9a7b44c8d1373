// Prices of European calls and puts by Black and Scholes: the normal distribution by a polynomial
// of fifth degree, logarithm, root and exponential in 32 bits.
__device__ __forceinline__ float normal_below(float d)
{
    const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
    const float polynomial =
        k * (0.31938153f +
             k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
    const float tail = 0.39894228f * expf(-0.5f * d * d) * polynomial;
    return d > 0.0f ? 1.0f - tail : tail;
}

extern "C" __global__ void black_scholes_prices(
    const float* __restrict__ spots, const float* __restrict__ strikes,
    const float* __restrict__ years, float* __restrict__ calls, float* __restrict__ puts,
    unsigned n, float rate, float volatility)
{
    const unsigned step = gridDim.x * blockDim.x * blockDim.y;
    unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    for (; i < n; i += step) {
        const float spot = spots[i], strike = strikes[i], time = years[i];
        const float spread = volatility * sqrtf(time);
        const float d1 =
            (__logf(spot / strike) + (rate + 0.5f * volatility * volatility) * time) / spread;
        const float d2 = d1 - spread;
        const float paid = strike * expf(-rate * time);
        const float above1 = normal_below(d1), above2 = normal_below(d2);
        calls[i] = spot * above1 - paid * above2;
        puts[i] = paid * (1.0f - above2) - spot * (1.0f - above1);
    }
}
