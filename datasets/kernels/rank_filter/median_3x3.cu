// The middle one of nine pixels by sorting columns, then taking the largest of the least, the
// middle of the middles and the least of the largest; two pixels a thread share two columns.
__device__ __forceinline__ void order(int& a, int& b)
{
    const int least = min(a, b);
    b = max(a, b);
    a = least;
}

__device__ __forceinline__ int middle(int a, int b, int c)
{
    return max(min(a, b), min(max(a, b), c));
}

extern "C" __global__ void median_3x3(
    const unsigned short* __restrict__ image, unsigned short* __restrict__ out,
    int width, int height)
{
    const int x = 2 * (int)(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = (int)(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= width || y >= height) return;
    const unsigned short* above = image + (size_t)max(y - 1, 0) * width;
    const unsigned short* here = image + (size_t)y * width;
    const unsigned short* below = image + (size_t)min(y + 1, height - 1) * width;
    int least[4], middles[4], most[4];
#pragma unroll
    for (int c = 0; c < 4; ++c) {
        const int at = min(max(x + c - 1, 0), width - 1);
        int low = above[at], mid = here[at], high = below[at];
        order(low, mid);
        order(mid, high);
        order(low, mid);
        least[c] = low;
        middles[c] = mid;
        most[c] = high;
    }
#pragma unroll
    for (int p = 0; p < 2; ++p) {
        if (x + p >= width) break;
        const int low = max(max(least[p], least[p + 1]), least[p + 2]);
        const int high = min(min(most[p], most[p + 1]), most[p + 2]);
        const int mid = middle(middles[p], middles[p + 1], middles[p + 2]);
        out[(size_t)y * width + x + p] = (unsigned short)middle(low, mid, high);
    }
}
