// Gaussian blur of coloured pixels in one pass: rows are blurred into shared memory for the block
// and its rim above and below, then columns from there. Edges repeat.
extern "C" __global__ void blur_separable(
    const uchar4* __restrict__ image, uchar4* __restrict__ blurred,
    const float* __restrict__ weights, int width, int height, int radius)
{
    extern __shared__ float4 rows[];
    const int x = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    const int y0 = (int)(blockIdx.y * blockDim.y);
    const int held = (int)blockDim.y + 2 * radius;
    for (int r = threadIdx.y; r < held; r += blockDim.y) {
        const uchar4* row = image + (size_t)min(max(y0 + r - radius, 0), height - 1) * width;
        float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        for (int k = -radius; k <= radius; ++k) {
            const uchar4 pixel = row[min(max(x + k, 0), width - 1)];
            const float weight = weights[abs(k)];
            sum.x += weight * pixel.x;
            sum.y += weight * pixel.y;
            sum.z += weight * pixel.z;
            sum.w += weight * pixel.w;
        }
        rows[r * blockDim.x + threadIdx.x] = sum;
    }
    __syncthreads();
    const int y = y0 + (int)threadIdx.y;
    if (x >= width || y >= height) return;
    float4 sum = make_float4(0.5f, 0.5f, 0.5f, 0.5f);
    for (int k = -radius; k <= radius; ++k) {
        const float4 part = rows[((int)threadIdx.y + radius + k) * blockDim.x + threadIdx.x];
        const float weight = weights[abs(k)];
        sum.x += weight * part.x;
        sum.y += weight * part.y;
        sum.z += weight * part.z;
        sum.w += weight * part.w;
    }
    blurred[(size_t)y * width + x] = make_uchar4(
        (unsigned char)sum.x, (unsigned char)sum.y, (unsigned char)sum.z, (unsigned char)sum.w);
}
