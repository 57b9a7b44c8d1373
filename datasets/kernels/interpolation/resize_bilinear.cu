// Bilinear resizing of planes of 8-bit pixels in fixed point: places and weights have 11 bits.
extern "C" __global__ void resize_bilinear(
    const unsigned char* __restrict__ in, unsigned char* __restrict__ out, int in_width,
    int in_height, int out_width, int out_height, int step_x, int step_y)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= out_width || y >= out_height) return;
    const unsigned char* plane = in + (size_t)blockIdx.z * in_width * in_height;
    const int at_x = x * step_x, at_y = y * step_y;
    const int x0 = min(at_x >> 11, in_width - 1), y0 = min(at_y >> 11, in_height - 1);
    const int x1 = min(x0 + 1, in_width - 1), y1 = min(y0 + 1, in_height - 1);
    const int u = at_x & 2047, v = at_y & 2047;
    const int upper = plane[y0 * in_width + x0] * (2048 - u) + plane[y0 * in_width + x1] * u;
    const int lower = plane[y1 * in_width + x0] * (2048 - u) + plane[y1 * in_width + x1] * u;
    const int mixed = ((upper + 16) >> 5) * (2048 - v) + ((lower + 16) >> 5) * v;
    out[((size_t)blockIdx.z * out_height + y) * out_width + x] =
        (unsigned char)((mixed + (1 << 16)) >> 17);
}
