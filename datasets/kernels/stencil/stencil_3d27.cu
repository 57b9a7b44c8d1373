// All 27 neighbours in a cube, weighted by how many of their three offsets are not zero.
extern "C" __global__ void stencil_3d27(
    const double* __restrict__ in, double* __restrict__ out, unsigned width, unsigned height,
    double centre, double face, double edge, double corner)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (x + 1 >= width || y + 1 >= height) return;
    const size_t at = ((size_t)(blockIdx.z + 1) * height + y) * width + x;
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
#pragma unroll
    for (int dz = -1; dz <= 1; ++dz)
#pragma unroll
        for (int dy = -1; dy <= 1; ++dy)
#pragma unroll
            for (int dx = -1; dx <= 1; ++dx) {
                const long long offset = ((long long)dz * height + dy) * width + dx;
                sums[dx * dx + dy * dy + dz * dz] += in[(long long)at + offset];
            }
    out[at] = centre * sums[0] + face * sums[1] + edge * sums[2] + corner * sums[3];
}
