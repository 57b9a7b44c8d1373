// 3 x 3 convolution without margin by Winograd's F(2 x 2, 3 x 3): a thread makes 2 x 2 pixels of
// one filter from 4 x 4 values, with 16 products a channel in place of 36. Height and width of the
// output are even; the weights come transformed, 16 a filter and channel.
extern "C" __global__ void convolution_winograd(
    const float* __restrict__ in, const float* __restrict__ transformed, float* __restrict__ out,
    unsigned channels, unsigned out_height, unsigned out_width)
{
    const unsigned tile_x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned tile_y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned filter = blockIdx.z;
    if (tile_x * 2 >= out_width || tile_y * 2 >= out_height) return;
    const unsigned width = out_width + 2, height = out_height + 2;
    float sum[4][4] = {};
    for (unsigned channel = 0; channel < channels; ++channel) {
        const float* corner = in + ((size_t)channel * height + tile_y * 2) * width + tile_x * 2;
        const float4* weight =
            (const float4*)transformed + ((size_t)filter * channels + channel) * 4;
        float d[4][4], t[4][4];
#pragma unroll
        for (unsigned r = 0; r < 4; ++r)
#pragma unroll
            for (unsigned c = 0; c < 2; ++c) {
                const float2 pair = *(const float2*)(corner + r * width + c * 2);
                d[r][2 * c] = pair.x;
                d[r][2 * c + 1] = pair.y;
            }
#pragma unroll
        for (unsigned c = 0; c < 4; ++c) {
            t[0][c] = d[0][c] - d[2][c];
            t[1][c] = d[1][c] + d[2][c];
            t[2][c] = d[2][c] - d[1][c];
            t[3][c] = d[1][c] - d[3][c];
        }
#pragma unroll
        for (unsigned r = 0; r < 4; ++r) {
            const float4 w = weight[r];
            sum[r][0] = fmaf(t[r][0] - t[r][2], w.x, sum[r][0]);
            sum[r][1] = fmaf(t[r][1] + t[r][2], w.y, sum[r][1]);
            sum[r][2] = fmaf(t[r][2] - t[r][1], w.z, sum[r][2]);
            sum[r][3] = fmaf(t[r][1] - t[r][3], w.w, sum[r][3]);
        }
    }
    float upper[4], lower[4];
#pragma unroll
    for (unsigned c = 0; c < 4; ++c) {
        upper[c] = sum[0][c] + sum[1][c] + sum[2][c];
        lower[c] = sum[1][c] - sum[2][c] - sum[3][c];
    }
    float* target = out + ((size_t)filter * out_height + tile_y * 2) * out_width + tile_x * 2;
    *(float2*)target = make_float2(upper[0] + upper[1] + upper[2], upper[1] - upper[2] - upper[3]);
    *(float2*)(target + out_width) =
        make_float2(lower[0] + lower[1] + lower[2], lower[1] - lower[2] - lower[3]);
}
