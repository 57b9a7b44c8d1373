// Sparse matrix times vector, one thread a row: neighbouring threads walk far apart.
extern "C" __global__ void spmv_csr_scalar(
    const int* __restrict__ starts, const int* __restrict__ columns,
    const float* __restrict__ values, const float* __restrict__ x, float* __restrict__ y,
    unsigned rows)
{
    const unsigned row = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    int i = starts[row];
    const int end = starts[row + 1];
    float sum = 0.0f;
    if (i < end) {  // pin: any
#pragma unroll 1
        do {
            const int column = columns[i];  // pin: column
            const float value = values[i];  // pin: value
            const float factor = x[column];  // pin: vector
            sum = fmaf(value, factor, sum);
        } while (++i < end);  // pin: row
    }
    y[row] = sum;
}
