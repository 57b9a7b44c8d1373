// How many steps a point of the plane takes to escape z <- z^2 + c, at most `limit`; z starts at
// a given image of starting points, so that the picture is of many sets overlaid.
extern "C" __global__ void mandelbrot_escape(
    const float* __restrict__ starts, unsigned short* __restrict__ steps, unsigned width,
    unsigned height, unsigned limit, float left, float top, float pitch)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= width || row >= height) return;
    const float real = left + pitch * (float)column, imaginary = top + pitch * (float)row;
    float x = starts[row * width + column], y = 0.0f;
    unsigned step = 0;
#pragma unroll 1
    while ((step < limit) & (__fadd_rn(__fmul_rn(x, x), __fmul_rn(y, y)) < 4.0f)) {  // pin: escape
        const float next = __fadd_rn(__fsub_rn(__fmul_rn(x, x), __fmul_rn(y, y)), real);
        y = __fadd_rn(__fmul_rn(__fadd_rn(x, x), y), imaginary);
        x = next;
        ++step;
    }
    steps[row * width + column] = (unsigned short)step;
}
