// Rotary embedding of a head's first half with its second, angles computed on the way: one
// exponential, one sine and one cosine a pair. Angles are brought into one turn first.
extern "C" __global__ void rope_computed(
    const float* __restrict__ in, float* __restrict__ out, unsigned positions, unsigned heads,
    unsigned half, float log2_base)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    const unsigned pair = i % half, line = i / half;
    if (line >= positions * heads) return;
    const unsigned position = line / heads;
    const float turns_a_step = exp2f(-log2_base * (float)pair / (float)half) * 0.15915494f;
    float turn = (float)position * turns_a_step;
    turn -= rintf(turn);
    const float angle = 6.2831853f * turn;
    const float c = __cosf(angle), s = __sinf(angle);
    const size_t at = (size_t)line * 2 * half + pair;
    const float x = in[at], y = in[at + half];
    out[at] = x * c - y * s;
    out[at + half] = x * s + y * c;
}
