// Sum of two vectors; each thread walks the vector in strides of the whole grid.
extern "C" __global__ void vector_add(
    const float* __restrict__ left, const float* __restrict__ right, float* __restrict__ sum,
    unsigned n)
{
    const unsigned block_threads = blockDim.x * blockDim.y;
    const unsigned step = gridDim.x * block_threads;
    unsigned i = blockIdx.x * block_threads + threadIdx.y * blockDim.x + threadIdx.x;
    for (; i < n; i += step) sum[i] = left[i] + right[i];
}
