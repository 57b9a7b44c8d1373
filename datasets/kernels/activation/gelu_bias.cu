// Gaussian error linear unit of values with a bias a column; the error function by a polynomial of
// the fifth degree in a quotient, times an exponential.
__device__ __forceinline__ float error_function(float x)
{
    const float size = fabsf(x);
    const float t = 1.0f / (1.0f + 0.3275911f * size);
    const float series =
        t * (0.2548296f +
             t * (-0.2844967f + t * (1.4214137f + t * (-1.4531520f + t * 1.0614054f))));
    return copysignf(1.0f - series * __expf(-size * size), x);
}

extern "C" __global__ void gelu_bias(
    const float* __restrict__ in, const float* __restrict__ bias, float* __restrict__ out,
    unsigned rows, unsigned columns)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= rows || column >= columns) return;
    const size_t at = (size_t)row * columns + column;
    const float value = in[at] + bias[column];
    out[at] = 0.5f * value * (1.0f + error_function(value * 0.70710678f));
}
