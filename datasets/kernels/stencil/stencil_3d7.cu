// Seven-point step in space: a thread climbs `slab` layers and keeps three of its column in
// registers, so that each value below and above is read once.
extern "C" __global__ void stencil_3d7(
    const float* __restrict__ in, float* __restrict__ out,
    unsigned width, unsigned height, unsigned depth, unsigned slab)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (x + 1 >= width || y + 1 >= height) return;
    const size_t layer = (size_t)width * height;
    const unsigned first = blockIdx.z * slab + 1;
    const unsigned last = min(first + slab, depth - 1);
    size_t at = first * layer + (size_t)y * width + x;
    float below = in[at - layer], here = in[at];
    for (unsigned z = first; z < last; ++z, at += layer) {
        const float above = in[at + layer];
        const float sides = in[at - 1] + in[at + 1] + in[at - width] + in[at + width];
        out[at] = 0.4f * here + 0.1f * (sides + below + above);
        below = here;
        here = above;
    }
}
