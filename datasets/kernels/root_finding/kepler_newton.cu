// Kepler's equation for many orbits: where a body stands at a time, by Newton's rule until it
// moves no more; round orbits need few steps, long ones many.
extern "C" __global__ void kepler_newton(
    const double* __restrict__ anomalies, const double* __restrict__ eccentricities,
    double* __restrict__ positions, unsigned count, double tolerance)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const double anomaly = anomalies[i], eccentricity = eccentricities[i];
    // Sine and cosine of a quarter of the angle by their series, then doubled twice: no call.
    double position = anomaly + 0.85 * eccentricity, change;
    int tries = 0;
#pragma unroll 1
    do {
        const double x = 0.25 * position, square = x * x;
        double sine = 1.0, cosine = 1.0;
#pragma unroll
        for (int k = 8; k > 0; --k) {
            sine = 1.0 - square / (double)((2 * k) * (2 * k + 1)) * sine;
            cosine = 1.0 - square / (double)((2 * k - 1) * (2 * k)) * cosine;
        }
        sine *= x;
        double twice = 2.0 * sine * cosine;
        cosine = 1.0 - 2.0 * sine * sine;
        sine = 2.0 * twice * cosine;
        cosine = 1.0 - 2.0 * twice * twice;
        change = (position - eccentricity * sine - anomaly) / (1.0 - eccentricity * cosine);
        position -= change;
        ++tries;
    } while ((fabs(change) > tolerance) & (tries < 50));  // pin: tries
    positions[i] = position;
}
