// One leapfrog step of the wave equation: second order in time, eighth in space, with a speed of
// its own at each point and a sponge that damps near the rim.
extern "C" __global__ void wave_leapfrog(
    const float* __restrict__ before, const float* __restrict__ now,
    const float* __restrict__ speed, float* __restrict__ after,
    unsigned width, unsigned height, unsigned sponge)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x + 4;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y + 4;
    if (x + 4 >= width || y + 4 >= height) return;
    const size_t at = (size_t)y * width + x, row = width;
    const float weights[5] = {-205.0f / 72, 8.0f / 5, -1.0f / 5, 8.0f / 315, -1.0f / 560};
    const float here = now[at];
    float laplacian = 2.0f * weights[0] * here;
#pragma unroll
    for (unsigned r = 1; r <= 4; ++r)
        laplacian += weights[r] *
            (now[at - r] + now[at + r] + now[at - r * row] + now[at + r * row]);
    const unsigned rim = min(min(x, width - 1 - x), min(y, height - 1 - y));
    const float missing = rim < sponge ? (float)(sponge - rim) / (float)sponge : 0.0f;
    const float damping = __expf(-0.3f * missing * missing);
    const float c = speed[at];
    after[at] = damping * (2.0f * here - damping * before[at] + c * c * laplacian);
}
