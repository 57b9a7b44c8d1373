// Parts of y = At x: a thread walks down its column within a slab of rows, x kept in shared memory.
extern "C" __global__ void gemv_columns(
    const float* __restrict__ a, const float* __restrict__ x, float* __restrict__ parts,
    unsigned rows, unsigned columns, unsigned slab)
{
    extern __shared__ float slab_x[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    const unsigned column = blockIdx.x * threads + tid;
    const unsigned begin = blockIdx.y * slab;
    const unsigned count = min(slab, rows - begin);
    for (unsigned i = tid; i < count; i += threads) slab_x[i] = x[begin + i];
    __syncthreads();
    if (column >= columns) return;
    float sum = 0.0f;
    const float* down = a + (size_t)begin * columns + column;
#pragma unroll 4
    for (unsigned i = 0; i < count; ++i, down += columns) sum = fmaf(*down, slab_x[i], sum);
    parts[(size_t)blockIdx.y * columns + column] = sum;
}
