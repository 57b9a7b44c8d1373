// How much each pixel of a speckled image may diffuse: its four slopes, its curvature and the
// speckle's own scale give a coefficient between 0 and 1; slopes are kept for the next pass.
extern "C" __global__ void srad_coefficient(
    const float* __restrict__ image, float4* __restrict__ slopes, float* __restrict__ coefficient,
    unsigned width, unsigned height, float scale)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const size_t row = (size_t)y * width;
    const float here = image[row + x], inverse = __fdividef(1.0f, here);
    const float north = image[(size_t)(y ? y - 1 : 0) * width + x] - here;
    const float south = image[(size_t)min(y + 1, height - 1) * width + x] - here;
    const float west = image[row + (x ? x - 1 : 0)] - here;
    const float east = image[row + min(x + 1, width - 1)] - here;
    const float squares = north * north + south * south + west * west + east * east;
    const float steep = squares * inverse * inverse;
    const float curved = (north + south + west + east) * inverse;
    const float denominator = 1.0f + 0.25f * curved;
    const float spread = 0.5f * steep - 0.0625f * curved * curved;
    const float variation = spread / (denominator * denominator);
    const float excess = (variation - scale) / (scale * (1.0f + scale));
    slopes[row + x] = make_float4(north, south, west, east);
    coefficient[row + x] = __saturatef(1.0f / (1.0f + excess));
}
