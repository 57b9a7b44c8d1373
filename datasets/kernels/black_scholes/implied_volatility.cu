// The volatility that explains the price of a call, in doubles, by `steps` Newton steps from a
// fixed start. The exponential is built from its exponent's bits and a series, the normal
// distribution from it by a polynomial, so that all threads go the same way.
__device__ __forceinline__ double exponential(double x)
{
    const double whole = rint(x * 1.4426950408889634);
    const double r = fma(whole, -0.6931471805599453, x);
    double series = 2.505210838544172e-8;
    series = fma(series, r, 2.755731922398589e-7);
    series = fma(series, r, 2.755731922398589e-6);
    series = fma(series, r, 2.48015873015873e-5);
    series = fma(series, r, 1.984126984126984e-4);
    series = fma(series, r, 1.388888888888889e-3);
    series = fma(series, r, 8.333333333333333e-3);
    series = fma(series, r, 4.1666666666666664e-2);
    series = fma(series, r, 0.16666666666666666);
    series = fma(series, r, 0.5);
    series = fma(series, r, 1.0);
    series = fma(series, r, 1.0);
    return series * __longlong_as_double((long long)((int)whole + 1023) << 52);
}

__device__ __forceinline__ double normal_below(double d, double density)
{
    const double k = 1.0 / (1.0 + 0.2316419 * fabs(d));
    const double polynomial =
        k * (0.319381530 +
             k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
    const double tail = density * polynomial;
    return d > 0.0 ? 1.0 - tail : tail;
}

extern "C" __global__ void implied_volatility(
    const double* __restrict__ moneyness, const double* __restrict__ log_moneyness,
    const double* __restrict__ prices, double* __restrict__ volatilities, unsigned n,
    unsigned steps)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const double m = moneyness[i], log_m = log_moneyness[i], price = prices[i];
    double v = 0.4;
    for (unsigned step = 0; step < steps; ++step) {
        const double d1 = log_m / v + 0.5 * v, d2 = d1 - v;
        const double density1 = 0.3989422804014327 * exponential(-0.5 * d1 * d1);
        const double density2 = 0.3989422804014327 * exponential(-0.5 * d2 * d2);
        const double value = m * normal_below(d1, density1) - normal_below(d2, density2);
        v = fmin(fmax(v - (value - price) / (m * density1), 0.05), 2.0);
    }
    volatilities[i] = v;
}
