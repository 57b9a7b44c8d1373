// Integers packed in as few bits as their frame of 128 needs, above the frame's least: a warp a
// frame, and each lane cuts four of them out of the words they lie across.
extern "C" __global__ void unpack_frames(
    const unsigned* __restrict__ words, const unsigned* __restrict__ starts,
    const unsigned char* __restrict__ widths, const int* __restrict__ least,
    int4* __restrict__ values, unsigned frames)
{
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x, lane = tid & 31u;
    const unsigned frame = blockIdx.x * ((blockDim.x * blockDim.y) >> 5) + (tid >> 5);
    if (frame >= frames) return;
    const unsigned width = widths[frame], mask = (1u << width) - 1;
    const unsigned* packed = words + starts[frame];
    const int base = least[frame];
    int out[4];
#pragma unroll
    for (unsigned k = 0; k < 4; ++k) {
        const unsigned bit = (4 * lane + k) * width, word = bit >> 5;
        const unsigned low = packed[word];  // pin: word
        const unsigned high = packed[word + 1];  // pin: word
        out[k] = base + (int)(__funnelshift_r(low, high, bit) & mask);
    }
    values[(size_t)frame * 32 + lane] = make_int4(out[0], out[1], out[2], out[3]);
}
