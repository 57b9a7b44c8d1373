// Least, greatest and mean square of each row of a matrix, one warp a row, by butterfly shuffles.
extern "C" __global__ void reduction_row_extrema(
    const float* __restrict__ matrix, float* __restrict__ least, float* __restrict__ greatest,
    float* __restrict__ mean_square, unsigned rows, unsigned columns)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned warps = (blockDim.x * blockDim.y) >> 5;
    const unsigned row = blockIdx.x * warps + (tid >> 5);
    const unsigned lane = tid & 31u;
    if (row >= rows) return;
    const float* values = matrix + (size_t)row * columns;
    float low = 3.4e38f, high = -3.4e38f, squares = 0.0f;
    for (unsigned column = lane; column < columns; column += 32u) {
        const float value = values[column];
        low = fminf(low, value);
        high = fmaxf(high, value);
        squares += value * value;
    }
#pragma unroll
    for (unsigned mask = 16; mask; mask >>= 1) {
        low = fminf(low, __shfl_xor_sync(0xffffffffu, low, mask));
        high = fmaxf(high, __shfl_xor_sync(0xffffffffu, high, mask));
        squares += __shfl_xor_sync(0xffffffffu, squares, mask);
    }
    if (lane == 0) {
        least[row] = low;
        greatest[row] = high;
        mean_square[row] = squares / (float)columns;
    }
}
