// One step of an optimiser that knows squared gradients by a factor a row and a factor a column:
// the momentum is kept in 16-bit floats, the update is clipped.
extern "C" __global__ void factored_step(
    const float* __restrict__ weights, const unsigned short* __restrict__ momentum,
    const float* __restrict__ gradients, const float* __restrict__ row_factors,
    const float* __restrict__ column_factors, float* __restrict__ new_weights,
    unsigned short* __restrict__ new_momentum, unsigned rows, unsigned columns, float rate,
    float clip)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= columns || row >= rows) return;
    const size_t at = (size_t)row * columns + column;
    const float update = gradients[at] * rsqrtf(row_factors[row] * column_factors[column]);
    float moment;
    asm("cvt.f32.f16 %0, %1;" : "=f"(moment) : "h"(momentum[at]));
    moment = 0.9f * moment + 0.1f * fminf(fmaxf(update, -clip), clip);
    unsigned short rounded;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(rounded) : "f"(moment));
    new_momentum[at] = rounded;
    new_weights[at] = weights[at] - rate * moment;
}
