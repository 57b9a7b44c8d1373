// Bessel functions of the first kind of orders 0 to `orders` - 1 by recurrence from above, in
// doubles, normalised by the sum of the even ones.
#define START 24
extern "C" __global__ void bessel_first(
    const double* __restrict__ x, double* __restrict__ out, unsigned n, unsigned orders)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const double twice = 2.0 / x[i];
    double above = 0.0, here = 1e-30, even = 0.0;
#pragma unroll 4
    for (unsigned order = START; order > 0; --order) {
        const double below = (double)order * twice * here - above;
        above = here;
        here = below;
        if (order & 1u) even += order > 1 ? 2.0 * below : below;
    }
    const double scale = 1.0 / even;
    above = 0.0, here = 1e-30;
    for (unsigned order = START; order > 0; --order) {
        const double below = (double)order * twice * here - above;
        above = here;
        here = below;
        if (order <= orders) out[(size_t)(order - 1) * n + i] = below * scale;
    }
}
