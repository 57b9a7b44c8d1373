// Newton's method for z^3 = 1 over a plane in doubles: which root is found, and how near after a
// fixed number of steps. Every thread does the same work.
extern "C" __global__ void newton_fractal(
    const double2* __restrict__ offsets, unsigned char* __restrict__ roots,
    float* __restrict__ distances, unsigned width, unsigned height, unsigned steps, double pitch)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= width || row >= height) return;
    const double2 offset = offsets[column];
    double x = offset.x + pitch * (double)row + 0.3, y = offset.y + pitch * (double)column + 0.3;
    for (unsigned step = 0; step < steps; ++step) {
        const double square_x = x * x - y * y, square_y = 2.0 * x * y;
        const double length = square_x * square_x + square_y * square_y + 1e-12;
        const double inverse = 1.0 / (3.0 * length);
        x = 2.0 / 3.0 * x + square_x * inverse;
        y = 2.0 / 3.0 * y - square_y * inverse;
    }
    const unsigned char root = x > 0.0 ? 0 : y > 0.0 ? 1 : 2;
    const double root_x = root == 0 ? 1.0 : -0.5;
    const double root_y = root == 0 ? 0.0 : root == 1 ? 0.8660254037844386 : -0.8660254037844386;
    roots[row * width + column] = root;
    distances[row * width + column] =
        (float)sqrt((x - root_x) * (x - root_x) + (y - root_y) * (y - root_y));
}
