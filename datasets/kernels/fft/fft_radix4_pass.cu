// One pass of a radix-4 Fourier transform between two buffers: a thread takes four values a
// quarter of the line apart, turns three of them by a table, and sets the results side by side in
// runs of `run`. Lines along y; `run` is a power of 4, `length` a multiple of 4 * run.
extern "C" __global__ void fft_radix4_pass(
    const float2* __restrict__ in, const float2* __restrict__ turns, float2* __restrict__ out,
    unsigned length, unsigned lines, unsigned run)
{
    const unsigned quarter = length / 4;
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned line = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= quarter || line >= lines) return;
    const float2* source = in + (size_t)line * length;
    const unsigned within = i & (run - 1), step = quarter / run;
    float2 v[4];
#pragma unroll
    for (unsigned part = 0; part < 4; ++part) {
        const float2 value = source[part * quarter + i];
        const float2 turn = turns[part * within * step];
        v[part] = make_float2(value.x * turn.x - value.y * turn.y,
                              value.x * turn.y + value.y * turn.x);
    }
    const float2 a = make_float2(v[0].x + v[2].x, v[0].y + v[2].y);
    const float2 b = make_float2(v[0].x - v[2].x, v[0].y - v[2].y);
    const float2 c = make_float2(v[1].x + v[3].x, v[1].y + v[3].y);
    const float2 d = make_float2(v[1].y - v[3].y, v[3].x - v[1].x);
    float2* target = out + (size_t)line * length + (i - within) * 4 + within;
    target[0] = make_float2(a.x + c.x, a.y + c.y);
    target[run] = make_float2(b.x + d.x, b.y + d.y);
    target[2 * run] = make_float2(a.x - c.x, a.y - c.y);
    target[3 * run] = make_float2(b.x - d.x, b.y - d.y);
}
