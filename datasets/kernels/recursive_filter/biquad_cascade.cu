// Many channels of sound through four recursive filters of second order each, a channel a thread:
// each sample needs the one before, so that only other channels hide the wait.
extern "C" __global__ void biquad_cascade(
    const float* __restrict__ sound, const float* __restrict__ coefficients,
    float* __restrict__ filtered, unsigned channels, unsigned samples)
{
    const unsigned c = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (c >= channels) return;
    float b0[4], b1[4], b2[4], a1[4], a2[4], s1[4] = {}, s2[4] = {};
#pragma unroll
    for (unsigned k = 0; k < 4; ++k) {
        b0[k] = coefficients[5 * k], b1[k] = coefficients[5 * k + 1];
        b2[k] = coefficients[5 * k + 2], a1[k] = coefficients[5 * k + 3];
        a2[k] = coefficients[5 * k + 4];
    }
#pragma unroll 1
    for (unsigned t = 0; t < samples; ++t) {
        float value = sound[(size_t)t * channels + c];
#pragma unroll
        for (unsigned k = 0; k < 4; ++k) {
            const float out = fmaf(b0[k], value, s1[k]);
            s1[k] = fmaf(b1[k], value, fmaf(-a1[k], out, s2[k]));
            s2[k] = fmaf(b2[k], value, -a2[k] * out);
            value = out;
        }
        filtered[(size_t)t * channels + c] = value;
    }
}
