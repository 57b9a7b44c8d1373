// One explicit step on a plane: each inner point from itself and its four neighbours.
extern "C" __global__ void stencil_2d5(
    const float* __restrict__ in, float* __restrict__ out, unsigned width, unsigned height,
    float centre, float side)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (x + 1 >= width || y + 1 >= height) return;
    const float* here = in + (size_t)y * width + x;
    const float around = (here[-1] + here[1]) + (here[-(int)width] + here[width]);
    out[(size_t)y * width + x] = fmaf(side, around, centre * here[0]);
}
