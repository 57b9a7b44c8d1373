// Sparse matrix times vector, one thread a row: neighbouring threads walk far apart.
extern "C" __global__ void spmv_csr_scalar(
    const int* __restrict__ starts, const int* __restrict__ columns,
    const float* __restrict__ values, const float* __restrict__ x, float* __restrict__ y,
    unsigned rows)
{
    const unsigned row = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    const int end = starts[row + 1];
    float sum = 0.0f;
#pragma unroll 1
    for (int i = starts[row]; i < end; ++i) {  // pin: row
        const int column = columns[i];  // pin: column
        const float value = values[i];  // pin: value
        const float factor = x[column];  // pin: vector
        sum = fmaf(value, factor, sum);
    }
    y[row] = sum;
}
