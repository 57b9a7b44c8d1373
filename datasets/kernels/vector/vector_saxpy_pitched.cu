// y + a * x of matrices whose rows lie `pitch` elements apart, one element a thread.
extern "C" __global__ void vector_saxpy_pitched(
    const double* __restrict__ x, const double* __restrict__ y, double* __restrict__ out,
    double a, unsigned rows, unsigned columns, unsigned pitch)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= columns || row >= rows) return;
    const size_t at = (size_t)row * pitch + column;
    out[at] = fma(a, x[at], y[at]);
}
