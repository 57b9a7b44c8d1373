// Box blur by a running sum down each column: one value comes in and one goes out at each step,
// however large the box. Blocks take strips of rows; edges repeat.
extern "C" __global__ void blur_running_box(
    const float* __restrict__ image, float* __restrict__ blurred,
    unsigned width, unsigned height, unsigned radius, unsigned strip)
{
    const unsigned x = blockIdx.x * (blockDim.x * blockDim.y) + threadIdx.y * blockDim.x +
                       threadIdx.x;
    const unsigned first = blockIdx.y * strip, last = min(first + strip, height);
    if (x >= width) return;
    const float inverse = 1.0f / (float)(2 * radius + 1);
    float sum = 0.0f;
    for (unsigned k = 0; k <= 2 * radius; ++k) {
        const unsigned y = first + k < radius ? 0 : min(first + k - radius, height - 1);
        sum += image[(size_t)y * width + x];
    }
    for (unsigned y = first; y < last; ++y) {
        blurred[(size_t)y * width + x] = sum * inverse;
        const unsigned enters = min(y + radius + 1, height - 1);
        const unsigned leaves = y > radius ? y - radius : 0;
        sum += image[(size_t)enters * width + x] - image[(size_t)leaves * width + x];
    }
}
