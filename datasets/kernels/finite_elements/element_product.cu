// A stiffness matrix times a vector without the matrix: each thread takes one four-cornered
// element, integrates it at four points from its corners' places, and adds to its corners.
__device__ __forceinline__ void add_to(float* at, float value)
{
    const size_t place = __cvta_generic_to_global(at);
    asm volatile("red.global.add.f32 [%0], %1;" ::"l"(place), "f"(value));  // pin: corner
}

extern "C" __global__ void element_product(
    const int4* __restrict__ elements, const float2* __restrict__ places,
    const float* __restrict__ values, float* __restrict__ products, unsigned count)
{
    const unsigned e = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (e >= count) return;
    const int4 corner = elements[e];
    const int corners[4] = {corner.x, corner.y, corner.z, corner.w};
    float x[4], y[4], u[4], sum[4] = {};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        const float2 place = places[corners[k]];  // pin: place
        x[k] = place.x;
        y[k] = place.y;
        u[k] = values[corners[k]];  // pin: value
    }
    const float g = 0.57735027f;
#pragma unroll
    for (int p = 0; p < 4; ++p) {
        const float s = p & 1 ? g : -g, t = p & 2 ? g : -g;
        const float by_s[4] = {0.25f * (t - 1), 0.25f * (1 - t), 0.25f * (1 + t), -0.25f * (1 + t)};
        const float by_t[4] = {0.25f * (s - 1), -0.25f * (1 + s), 0.25f * (1 + s), 0.25f * (1 - s)};
        float xs = 0, xt = 0, ys = 0, yt = 0, us = 0, ut = 0;
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            xs += by_s[k] * x[k], xt += by_t[k] * x[k];
            ys += by_s[k] * y[k], yt += by_t[k] * y[k];
            us += by_s[k] * u[k], ut += by_t[k] * u[k];
        }
        const float area = xs * yt - xt * ys, inverse = 1.0f / area;
        const float ux = (yt * us - ys * ut) * inverse, uy = (xs * ut - xt * us) * inverse;
#pragma unroll
        for (int k = 0; k < 4; ++k)
            sum[k] += (yt * by_s[k] - ys * by_t[k]) * ux + (xs * by_t[k] - xt * by_s[k]) * uy;
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) add_to(products + corners[k], sum[k]);
}
