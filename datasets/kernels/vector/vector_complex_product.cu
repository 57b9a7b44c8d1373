// Sum over `terms` of products of complex vectors, the second one conjugated.
extern "C" __global__ void vector_complex_product(
    const float2* __restrict__ a, const float2* __restrict__ b, float2* __restrict__ out,
    unsigned n, unsigned terms)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float real = 0.0f, imaginary = 0.0f;
    for (unsigned term = 0; term < terms; ++term) {
        const float2 p = a[(size_t)term * n + i], q = b[(size_t)term * n + i];
        real += p.x * q.x + p.y * q.y;
        imaginary += p.y * q.x - p.x * q.y;
    }
    out[i] = make_float2(real, imaginary);
}
