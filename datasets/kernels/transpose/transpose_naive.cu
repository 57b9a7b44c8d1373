// Transpose with coalesced reads and scattered writes (or the other way about, by block shape).
extern "C" __global__ void transpose_naive(
    const float* __restrict__ in, float* __restrict__ out, unsigned rows, unsigned columns)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row < rows && column < columns)
        out[(size_t)column * rows + row] = in[(size_t)row * columns + column];
}
