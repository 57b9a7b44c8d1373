// The volatility that explains the price of a call, in doubles, by `steps` Newton steps from a
// fixed start; the normal distribution by the complementary error function.
extern "C" __global__ void implied_volatility(
    const double* __restrict__ moneyness, const double* __restrict__ prices,
    double* __restrict__ volatilities, unsigned n, unsigned steps)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const double m = moneyness[i], price = prices[i], log_m = log(m);
    double v = 0.4;
    for (unsigned step = 0; step < steps; ++step) {
        const double d1 = log_m / v + 0.5 * v, d2 = d1 - v;
        const double above1 = 0.5 * erfc(-0.7071067811865476 * d1);
        const double above2 = 0.5 * erfc(-0.7071067811865476 * d2);
        const double slope = m * 0.3989422804014327 * exp(-0.5 * d1 * d1);
        v = fmin(fmax(v - (m * above1 - above2 - price) / slope, 0.05), 2.0);
    }
    volatilities[i] = v;
}
