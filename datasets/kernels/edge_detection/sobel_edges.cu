// Edges of a grey image of bytes, four pixels a thread: both slopes by Sobel's weights, their
// length, and whether it passes the threshold.
extern "C" __global__ void sobel_edges(
    const unsigned char* __restrict__ image, uchar4* __restrict__ edges,
    int width, int height, int threshold)
{
    const int x = 4 * (int)(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = (int)(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= width || y >= height) return;
    int columns[6], differences[6];
    const unsigned char* above = image + (size_t)max(y - 1, 0) * width;
    const unsigned char* here = image + (size_t)y * width;
    const unsigned char* below = image + (size_t)min(y + 1, height - 1) * width;
#pragma unroll
    for (int c = 0; c < 6; ++c) {
        const int at = min(max(x + c - 1, 0), width - 1);
        const int top = above[at], bottom = below[at];
        columns[c] = top + 2 * here[at] + bottom;
        differences[c] = bottom - top;
    }
    unsigned char strength[4];
#pragma unroll
    for (int c = 0; c < 4; ++c) {
        const int across = columns[c + 2] - columns[c];
        const int down = differences[c] + 2 * differences[c + 1] + differences[c + 2];
        const int size = (abs(across) + abs(down)) >> 3;
        strength[c] = (unsigned char)(size > threshold ? size : 0);
    }
    edges[((size_t)y * width + x) >> 2] =
        make_uchar4(strength[0], strength[1], strength[2], strength[3]);
}
