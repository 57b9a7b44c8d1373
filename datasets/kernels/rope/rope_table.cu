// Rotary embedding of neighbouring pairs by a table of cosines and sines: (x, y) of each pair of
// a head turn by the angle of their position.
extern "C" __global__ void rope_table(
    const float2* __restrict__ in, const float2* __restrict__ turns, float2* __restrict__ out,
    unsigned positions, unsigned heads, unsigned pairs)
{
    const unsigned pair = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned position = blockIdx.y * blockDim.y + threadIdx.y;
    if (pair >= pairs || position >= positions) return;
    const float2 turn = turns[(size_t)position * pairs + pair];
    for (unsigned head = 0; head < heads; ++head) {
        const size_t at = ((size_t)position * heads + head) * pairs + pair;
        const float2 p = in[at];
        out[at] = make_float2(p.x * turn.x - p.y * turn.y, p.x * turn.y + p.y * turn.x);
    }
}
