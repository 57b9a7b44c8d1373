// Transpose by 32 x 32 tiles in shared memory, whose rows lie 32 + `padding` words apart.
extern "C" __global__ void transpose_tiled(
    const float* __restrict__ in, float* __restrict__ out, unsigned rows, unsigned columns,
    unsigned padding)
{
    extern __shared__ float tile[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned row0 = blockIdx.y * 32, column0 = blockIdx.x * 32;
    const unsigned pitch = 32 + padding;
    for (unsigned e = tid; e < 1024; e += threads) {
        const unsigned row = row0 + (e >> 5), column = column0 + (e & 31u);
        if (row < rows && column < columns)
            tile[(e >> 5) * pitch + (e & 31u)] = in[(size_t)row * columns + column];
    }
    __syncthreads();
    for (unsigned e = tid; e < 1024; e += threads) {
        const unsigned row = row0 + (e & 31u), column = column0 + (e >> 5);
        if (row < rows && column < columns)
            out[(size_t)column * rows + row] = tile[(e & 31u) * pitch + (e >> 5)];
    }
}
