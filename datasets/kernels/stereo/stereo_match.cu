// How far apart the two eyes see each pixel: for each shift, differences of bytes are summed over
// a square of 25, and the least sum wins; a thread walks down a strip of its column.
extern "C" __global__ void stereo_match(
    const unsigned char* __restrict__ left, const unsigned char* __restrict__ right,
    unsigned char* __restrict__ shifts, int width, int height, int range, int strip)
{
    const int x = (int)(blockIdx.x * (blockDim.x * blockDim.y) + threadIdx.y * blockDim.x +
                        threadIdx.x);
    const int first = (int)blockIdx.y * strip, last = min(first + strip, height);
    if (x >= width) return;
    for (int y = first; y < last; ++y) {
        unsigned best = 0xffffffffu;
        for (int shift = 0; shift < range; ++shift) {
            unsigned cost = 0;
#pragma unroll
            for (int dy = -2; dy <= 2; ++dy) {
                const size_t row = (size_t)min(max(y + dy, 0), height - 1) * width;
#pragma unroll
                for (int dx = -2; dx <= 2; ++dx) {
                    const int at = min(max(x + dx, 0), width - 1);
                    cost = __usad(left[row + at], right[row + max(at - shift, 0)], cost);
                }
            }
            best = min(best, cost << 8 | (unsigned)shift);
        }
        shifts[(size_t)y * width + x] = (unsigned char)best;
    }
}
