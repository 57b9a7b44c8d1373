// What is left of a matrix after a panel of `width` columns was factored: out = a - lower * upper,
// two rows a thread, the block's pieces of both panels in shared memory.
extern "C" __global__ void lu_trailing(
    const float* __restrict__ a, const float* __restrict__ lower, const float* __restrict__ upper,
    float* __restrict__ out, unsigned n, unsigned width)
{
    extern __shared__ float held[];
    const unsigned tile_rows = 2 * blockDim.y;
    float* rows = held;
    float* columns = held + tile_rows * width;
    const unsigned row0 = blockIdx.y * tile_rows, column0 = blockIdx.x * blockDim.x;
    for (unsigned r = threadIdx.y; r < tile_rows; r += blockDim.y)
        for (unsigned k = threadIdx.x; k < width; k += blockDim.x)
            rows[r * width + k] = row0 + r < n ? lower[(size_t)(row0 + r) * width + k] : 0.0f;
    const unsigned column = column0 + threadIdx.x;
    for (unsigned k = threadIdx.y; k < width; k += blockDim.y)
        columns[k * blockDim.x + threadIdx.x] = column < n ? upper[(size_t)k * n + column] : 0.0f;
    __syncthreads();
    const unsigned first = row0 + threadIdx.y, second = first + blockDim.y;
    if (column >= n || first >= n) return;
    float left = a[(size_t)first * n + column];
    float right = second < n ? a[(size_t)second * n + column] : 0.0f;
    const float* my_first = rows + threadIdx.y * width;
    const float* my_second = rows + (threadIdx.y + blockDim.y) * width;
    for (unsigned k = 0; k < width; ++k) {
        const float factor = -columns[k * blockDim.x + threadIdx.x];
        left = fmaf(my_first[k], factor, left);
        right = fmaf(my_second[k], factor, right);
    }
    out[(size_t)first * n + column] = left;
    if (second < n) out[(size_t)second * n + column] = right;
}
