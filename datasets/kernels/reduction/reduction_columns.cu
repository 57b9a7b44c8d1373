// Sums of the columns of a slab of rows: threads along y take rows in turn, and meet in shared
// memory.
extern "C" __global__ void reduction_columns(
    const float* __restrict__ matrix, float* __restrict__ sums, unsigned rows, unsigned columns,
    unsigned slab)
{
    extern __shared__ float meeting[];
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned begin = blockIdx.y * slab;
    const unsigned end = min(begin + slab, rows);
    float sum = 0.0f;
    if (column < columns)
        for (unsigned row = begin + threadIdx.y; row < end; row += blockDim.y)
            sum += matrix[(size_t)row * columns + column];
    meeting[threadIdx.y * blockDim.x + threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || column >= columns) return;
    for (unsigned other = 1; other < blockDim.y; ++other)
        sum += meeting[other * blockDim.x + threadIdx.x];
    sums[(size_t)blockIdx.y * columns + column] = sum;
}
