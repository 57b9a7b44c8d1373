// A polynomial of many terms and its slope at each place by Horner's rule, two places a thread;
// coefficients are the same for all threads at a time.
extern "C" __global__ void polynomial_horner(
    const double2* __restrict__ places, const double* __restrict__ coefficients,
    double2* __restrict__ values, double2* __restrict__ slopes, unsigned pairs, unsigned degree)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= pairs) return;
    const double2 x = places[i];
    double value0 = coefficients[degree], value1 = value0, slope0 = 0.0, slope1 = 0.0;
#pragma unroll 4
    for (unsigned k = degree; k-- > 0;) {
        const double c = coefficients[k];
        slope0 = fma(slope0, x.x, value0);
        slope1 = fma(slope1, x.y, value1);
        value0 = fma(value0, x.x, c);
        value1 = fma(value1, x.y, c);
    }
    values[i] = make_double2(value0, value1);
    slopes[i] = make_double2(slope0, slope1);
}
