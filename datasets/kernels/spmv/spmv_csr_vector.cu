// Sparse matrix times vector in doubles, a warp a row: the row is read side by side, then summed
// by shuffles.
extern "C" __global__ void spmv_csr_vector(
    const int* __restrict__ starts, const int* __restrict__ columns,
    const double* __restrict__ values, const double* __restrict__ x, double* __restrict__ y,
    unsigned rows, double scale)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.x * ((blockDim.x * blockDim.y) >> 5) + (tid >> 5);
    if (row >= rows) return;
    const int end = starts[row + 1];
    int i = starts[row] + (int)(tid & 31u);
    double sum = 0.0;
    if (i < end) {  // pin: any
#pragma unroll 1
        do {
            const int column = columns[i];  // pin: column
            const double value = values[i];  // pin: value
            const double factor = x[column];  // pin: vector
            sum = fma(value, factor, sum);
            i += 32;
        } while (i < end);  // pin: row
    }
#pragma unroll
    for (unsigned offset = 16; offset; offset >>= 1)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if ((tid & 31u) == 0) y[row] = scale * sum;
}
