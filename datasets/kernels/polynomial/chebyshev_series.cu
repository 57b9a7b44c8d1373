// Series of Chebyshev polynomials in two variables by Clenshaw's rule: the inner series runs over
// one row of coefficients, the outer over the rows, from shared memory.
extern "C" __global__ void chebyshev_series(
    const float* __restrict__ x, const float* __restrict__ y,
    const float* __restrict__ coefficients, float* __restrict__ values,
    unsigned count, unsigned rows, unsigned columns)
{
    extern __shared__ float held[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned threads = blockDim.x * blockDim.y;
    for (unsigned i = tid; i < rows * columns; i += threads) held[i] = coefficients[i];
    __syncthreads();
    const unsigned i = blockIdx.x * threads + tid;
    if (i >= count) return;
    const float twice_x = 2.0f * x[i], twice_y = 2.0f * y[i];
    float outer1 = 0.0f, outer2 = 0.0f;
    for (unsigned r = rows; r-- > 0;) {
        float inner1 = 0.0f, inner2 = 0.0f;
        for (unsigned c = columns; c-- > 1;) {
            const float next = fmaf(twice_x, inner1, held[r * columns + c] - inner2);
            inner2 = inner1;
            inner1 = next;
        }
        const float row = fmaf(0.5f * twice_x, inner1, held[r * columns] - inner2);
        const float next = fmaf(r ? twice_y : 0.5f * twice_y, outer1, row - outer2);
        outer2 = outer1;
        outer1 = next;
    }
    values[i] = outer1;
}
