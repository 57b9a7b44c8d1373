// C = A B, one thread an element of C, straight from global memory.
extern "C" __global__ void gemm_naive(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c,
    unsigned m, unsigned n, unsigned k)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || column >= n) return;
    float sum = 0.0f;
    for (unsigned i = 0; i < k; ++i) sum += a[(size_t)row * k + i] * b[(size_t)i * n + column];
    c[(size_t)row * n + column] = sum;
}
