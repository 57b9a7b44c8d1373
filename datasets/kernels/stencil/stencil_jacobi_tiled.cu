// Several Jacobi sweeps of a Poisson problem without leaving shared memory: the tile is as large
// as the block, and what is right in it shrinks by a rim at each sweep. Outside, all is zero.
extern "C" __global__ void stencil_jacobi_tiled(
    const float* __restrict__ in, const float* __restrict__ load, float* __restrict__ out,
    unsigned width, unsigned height, unsigned sweeps)
{
    extern __shared__ float tiles[];
    const unsigned pitch = blockDim.x, area = blockDim.x * blockDim.y;
    const int x = (int)(blockIdx.x * (blockDim.x - 2 * sweeps) + threadIdx.x) - (int)sweeps;
    const int y = (int)(blockIdx.y * (blockDim.y - 2 * sweeps) + threadIdx.y) - (int)sweeps;
    const unsigned place = threadIdx.y * pitch + threadIdx.x;
    const bool inside = x >= 0 && y >= 0 && x < (int)width && y < (int)height;
    const bool has_neighbours = threadIdx.x > 0 && threadIdx.x + 1 < blockDim.x &&
                                threadIdx.y > 0 && threadIdx.y + 1 < blockDim.y;
    const size_t at = (size_t)y * width + x;
    const float source = inside ? load[at] : 0.0f;
    float value = inside ? in[at] : 0.0f;
    float* tile = tiles;
    for (unsigned sweep = 0; sweep < sweeps; ++sweep) {
        tile[place] = value;
        __syncthreads();
        if (inside && has_neighbours)
            value = 0.25f * (tile[place - 1] + tile[place + 1] + tile[place - pitch] +
                             tile[place + pitch] - source);
        tile = tile == tiles ? tiles + area : tiles;
    }
    const bool is_right = threadIdx.x >= sweeps && threadIdx.x + sweeps < blockDim.x &&
                          threadIdx.y >= sweeps && threadIdx.y + sweeps < blockDim.y;
    if (inside && is_right) out[at] = value;
}
