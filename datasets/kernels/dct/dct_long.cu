// Cosine transform of overlapping windows, as in sound coding: window t covers 2 * bins samples
// from t * bins on; a thread makes one coefficient of four windows at once, and the cosine runs
// along by a recurrence of turns in place of a table.
extern "C" __global__ void dct_long(
    const float* __restrict__ sound, const float* __restrict__ envelope, float* __restrict__ out,
    unsigned windows, unsigned bins)
{
    const unsigned bin = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned first = (blockIdx.y * blockDim.y + threadIdx.y) * 4;
    if (bin >= bins || first >= windows) return;
    const float rate = 3.14159265f / (float)bins * ((float)bin + 0.5f);
    const float start = rate * (0.5f + 0.5f * (float)bins);
    float c, s, step_c, step_s;
    sincospif(start * 0.31830989f, &s, &c);
    sincospif(rate * 0.31830989f, &step_s, &step_c);
    float sum[4] = {};
    for (unsigned n = 0; n < 2 * bins; ++n) {
        const float weight = envelope[n] * c;
#pragma unroll
        for (unsigned w = 0; w < 4; ++w) {
            const unsigned window = min(first + w, windows - 1);
            sum[w] = fmaf(weight, sound[(size_t)window * bins + n], sum[w]);
        }
        const float next = c * step_c - s * step_s;
        s = c * step_s + s * step_c;
        c = next;
    }
#pragma unroll
    for (unsigned w = 0; w < 4; ++w)
        if (first + w < windows) out[(size_t)(first + w) * bins + bin] = sum[w];
}
