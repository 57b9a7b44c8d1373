// A matrix transpose, one element a thread. Which extent of the block lies along x decides how
// many 32-byte sectors a warp reads and writes, and so how much energy the launch costs.
__global__ void transpose(float *out, const float *in, int width, int height)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < width && y < height)
        out[x * height + y] = in[y * width + x];
}
