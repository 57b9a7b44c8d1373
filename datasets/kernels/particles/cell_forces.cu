// Forces between near particles that are sorted into square cells: each looks through the nine
// cells about its own, and few of those it meets are within reach.
extern "C" __global__ void cell_forces(
    const float2* __restrict__ places, const int* __restrict__ starts,
    float2* __restrict__ forces, unsigned count, int side, float reach)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float2 me = places[i];
    const int cell_x = (int)me.x, cell_y = (int)me.y;
    const float square = reach * reach;
    float fx = 0.0f, fy = 0.0f;
    const int last_row = min(cell_y + 1, side - 1);
    int row = max(cell_y - 1, 0);
#pragma unroll 1
    do {
        const int first = row * side + max(cell_x - 1, 0);
        const int last = row * side + min(cell_x + 1, side - 1);
        const int end = starts[last + 1];  // pin: starts
        int j = starts[first];  // pin: starts
        if (j >= end) continue;  // pin: empty
#pragma unroll 1
        do {
            const float2 other = places[j];  // pin: other
            const float dx = me.x - other.x, dy = me.y - other.y;
            const float apart = dx * dx + dy * dy;
            if (apart < square) {  // pin: near
                const float inverse = square / (apart + 0.01f);
                const float third = inverse * inverse * inverse;
                const float size = third * (third - 0.5f) * inverse;
                fx = fmaf(size, dx, fx);
                fy = fmaf(size, dy, fy);
            }
        } while (++j < end);  // pin: met
    } while (++row <= last_row);  // pin: rows
    forces[i] = make_float2(fx, fy);
}
