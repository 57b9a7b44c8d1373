// Moves the last axis of a volume to the front: out[c][a][b] = in[a][b][c].
extern "C" __global__ void transpose_rotate_axes(
    const double* __restrict__ in, double* __restrict__ out, unsigned a_extent, unsigned b_extent,
    unsigned c_extent)
{
    const unsigned c = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned b = blockIdx.y * blockDim.y + threadIdx.y;
    if (c >= c_extent || b >= b_extent) return;
    for (unsigned a = blockIdx.z; a < a_extent; a += gridDim.z)
        out[((size_t)c * a_extent + a) * b_extent + b] =
            in[((size_t)a * b_extent + b) * c_extent + c];
}
