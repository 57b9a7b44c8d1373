// A step of heat on a chip: the tile with a rim of one in shared memory, edges repeat; power heats
// each cell and the air above cools it.
extern "C" __global__ void hotspot_step(
    const float* __restrict__ heat, const float* __restrict__ power, float* __restrict__ out,
    int width, int height, float along_x, float along_y, float upward, float air)
{
    extern __shared__ float tile[];
    const int pitch = (int)blockDim.x + 2, rows = (int)blockDim.y + 2;
    const int x0 = (int)(blockIdx.x * blockDim.x) - 1, y0 = (int)(blockIdx.y * blockDim.y) - 1;
    for (int r = threadIdx.y; r < rows; r += blockDim.y)
        for (int c = threadIdx.x; c < pitch; c += blockDim.x) {
            const int x = min(max(x0 + c, 0), width - 1), y = min(max(y0 + r, 0), height - 1);
            tile[r * pitch + c] = heat[(size_t)y * width + x];
        }
    __syncthreads();
    const int x = x0 + 1 + (int)threadIdx.x, y = y0 + 1 + (int)threadIdx.y;
    if (x >= width || y >= height) return;
    const float* at = tile + (threadIdx.y + 1) * pitch + threadIdx.x + 1;
    const float here = at[0], twice = here + here;
    const float change = power[(size_t)y * width + x] + (at[-pitch] + at[pitch] - twice) * along_y +
                         (at[-1] + at[1] - twice) * along_x + (air - here) * upward;
    out[(size_t)y * width + x] = here + 0.05f * change;
}
