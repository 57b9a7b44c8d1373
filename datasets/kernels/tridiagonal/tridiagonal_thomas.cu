// Many tridiagonal systems, one a thread, interleaved so that neighbouring threads read side by
// side: elimination downwards keeps two values a row, substitution climbs back.
extern "C" __global__ void tridiagonal_thomas(
    const float* __restrict__ below, const float* __restrict__ middle,
    const float* __restrict__ above, const float* __restrict__ right, float* scratch, float* x,
    unsigned systems, unsigned n)
{
    const unsigned s = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (s >= systems) return;
    float ratio = 0.0f, value = 0.0f;
    for (unsigned row = 0; row < n; ++row) {
        const size_t at = (size_t)row * systems + s;
        const float low = row ? below[at] : 0.0f;
        const float inverse = __fdividef(1.0f, middle[at] - low * ratio);
        ratio = above[at] * inverse;
        value = (right[at] - low * value) * inverse;
        scratch[at] = ratio;
        x[at] = value;
    }
    for (unsigned row = n - 1; row-- > 0;) {
        const size_t at = (size_t)row * systems + s;
        value = x[at] - scratch[at] * value;
        x[at] = value;
    }
}
