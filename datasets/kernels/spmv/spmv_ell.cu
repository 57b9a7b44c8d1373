// Sparse matrix times vector where each row has as many places, kept column by column so that
// neighbouring threads read side by side; empty places have a negative column.
extern "C" __global__ void spmv_ell(
    const int* __restrict__ columns, const float* __restrict__ values,
    const float* __restrict__ x, float* __restrict__ y,
    unsigned rows, unsigned pitch, unsigned width)
{
    const unsigned row = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    float sum = 0.0f;
    size_t at = row;
#pragma unroll 1
    for (unsigned place = 0; place < width; ++place, at += pitch) {
        const int column = columns[at];
        if (column >= 0)  // pin: filled
            sum += values[at] *
                   x[column];  // pin: vector
    }
    y[row] = sum;
}
