// Spreads 4-bit weights, eight a word, to 16-bit floats: a group of `group_words` words along a
// row has a scale and a zero point of its own, packed in one word.
extern "C" __global__ void int4_dequantise(
    const unsigned* __restrict__ packed, const unsigned* __restrict__ groups,
    uint4* __restrict__ out, unsigned rows, unsigned words, unsigned group_words)
{
    const unsigned word = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (word >= words || row >= rows) return;
    const unsigned group_count = (words + group_words - 1) / group_words;
    const unsigned known = groups[(size_t)row * group_count + word / group_words];
    const unsigned zero = known >> 16;
    float scale;
    asm("{.reg .b16 a, b; mov.b32 {a, b}, %1; cvt.f32.f16 %0, a;}" : "=f"(scale) : "r"(known));
    const unsigned bits = packed[(size_t)row * words + word];
    unsigned result[4];
#pragma unroll
    for (unsigned pair = 0; pair < 4; ++pair) {
        const int low = (int)((bits >> (8 * pair)) & 15u) - (int)zero;
        const int high = (int)((bits >> (8 * pair + 4)) & 15u) - (int)zero;
        asm("cvt.rn.f16x2.f32 %0, %1, %2;"
            : "=r"(result[pair]) : "f"(scale * (float)high), "f"(scale * (float)low));
    }
    out[(size_t)row * words + word] = make_uint4(result[0], result[1], result[2], result[3]);
}
