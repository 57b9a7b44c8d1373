// Smoke carried by wind: each cell looks where its air was a step ago, and mixes the four cells
// there. Wind is given at cells; what comes from outside is the rim's.
extern "C" __global__ void advection_backward(
    const float2* __restrict__ wind, const float4* __restrict__ smoke, float4* __restrict__ after,
    unsigned width, unsigned height, float step, float fading)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const size_t at = (size_t)y * width + x;
    const float2 here = wind[at];
    const float fx = fminf(fmaxf((float)x - step * here.x, 0.0f), (float)(width - 1));
    const float fy = fminf(fmaxf((float)y - step * here.y, 0.0f), (float)(height - 1));
    const unsigned x0 = (unsigned)fx, y0 = (unsigned)fy;
    const unsigned x1 = min(x0 + 1, width - 1), y1 = min(y0 + 1, height - 1);
    const float right = fx - (float)x0, up = fy - (float)y0;
    const float4 a = smoke[(size_t)y0 * width + x0];  // pin: smoke
    const float4 b = smoke[(size_t)y0 * width + x1];  // pin: smoke
    const float4 c = smoke[(size_t)y1 * width + x0];  // pin: smoke
    const float4 d = smoke[(size_t)y1 * width + x1];  // pin: smoke
    const float wa = (1.0f - right) * (1.0f - up) * fading, wb = right * (1.0f - up) * fading;
    const float wc = (1.0f - right) * up * fading, wd = right * up * fading;
    after[at] = make_float4(wa * a.x + wb * b.x + wc * c.x + wd * d.x,
                            wa * a.y + wb * b.y + wc * c.y + wd * d.y,
                            wa * a.z + wb * b.z + wc * c.z + wd * d.z,
                            wa * a.w + wb * b.w + wc * c.w + wd * d.w);
}
