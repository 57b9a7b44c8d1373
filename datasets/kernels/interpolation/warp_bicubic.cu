// Samples an image at places moved by an affine map, by Catmull-Rom cubics over 4 x 4 pixels;
// places outside are drawn to the edge.
__device__ __forceinline__ float4 cubic(float t)
{
    return make_float4(((-0.5f * t + 1.0f) * t - 0.5f) * t, (1.5f * t - 2.5f) * t * t + 1.0f,
                       ((-1.5f * t + 2.0f) * t + 0.5f) * t, (0.5f * t - 0.5f) * t * t);
}

extern "C" __global__ void warp_bicubic(
    const float* __restrict__ in, float* __restrict__ out, int in_width, int in_height,
    int out_width, int out_height, float a, float b, float c, float d)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= out_width || y >= out_height) return;
    const float at_x = a * (float)x + b * (float)y, at_y = c * (float)x + d * (float)y;
    const float left = floorf(at_x), top = floorf(at_y);
    const float4 wx = cubic(at_x - left), wy = cubic(at_y - top);
    const float by_row[4] = {wy.x, wy.y, wy.z, wy.w};
    int column[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) column[i] = min(max((int)left - 1 + i, 0), in_width - 1);
    float sum = 0.0f;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        const int row = min(max((int)top - 1 + j, 0), in_height - 1);
        const float* line = in + (size_t)row * in_width;
        sum += by_row[j] * (wx.x * line[column[0]] + wx.y * line[column[1]] +
                            wx.z * line[column[2]] + wx.w * line[column[3]]);
    }
    out[(size_t)y * out_width + x] = sum;
}
