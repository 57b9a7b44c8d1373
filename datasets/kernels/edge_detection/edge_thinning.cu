// Keeps an edge only where it is strongest across its own direction, found from the two slopes
// without an angle; double thresholds give 0, 1 and 2.
extern "C" __global__ void edge_thinning(
    const float* __restrict__ across, const float* __restrict__ down,
    unsigned char* __restrict__ kind, unsigned width, unsigned height, float weak, float strong)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x + 1;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (x + 1 >= width || y + 1 >= height) return;
    const size_t at = (size_t)y * width + x;
    const float dx = across[at], dy = down[at];
    const float steep = dx * dx + dy * dy;
    unsigned char found = 0;
    if (steep >= weak) {  // pin: candidate
        const float ax = fabsf(dx), ay = fabsf(dy);
        const bool is_flat = ay < 0.41421356f * ax, is_upright = ax < 0.41421356f * ay;
        const int same_sign = dx * dy >= 0.0f ? 1 : -1;
        const int step = is_flat     ? 1
                         : is_upright ? (int)width
                                      : (int)width + same_sign;
        const float* a = across + at;
        const float* b = down + at;
        const float ahead = a[step] * a[step] + b[step] * b[step];  // pin: ahead
        const float behind = a[-step] * a[-step] + b[-step] * b[-step];  // pin: behind
        found = steep > ahead && steep >= behind ? (steep >= strong ? 2 : 1) : 0;
    }
    kind[at] = found;
}
