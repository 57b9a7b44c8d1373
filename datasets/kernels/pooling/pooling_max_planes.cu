// Greatest value and its place in each window of a plane; windows are cut off at the edges.
extern "C" __global__ void pooling_max_planes(
    const float* __restrict__ in, float* __restrict__ greatest, int* __restrict__ place,
    int height, int width, int window, int stride)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    const int out_width = (width + stride - 1) / stride;
    const int out_height = (height + stride - 1) / stride;
    if (x >= out_width || y >= out_height) return;
    const float* plane = in + (size_t)blockIdx.z * height * width;
    const int right = min(x * stride + window, width), bottom = min(y * stride + window, height);
    float best = -3.4e38f;
    int best_at = 0;
    for (int row = y * stride; row < bottom; ++row)
        for (int column = x * stride; column < right; ++column) {
            const float value = plane[row * width + column];
            if (value > best) {
                best = value;
                best_at = row * width + column;
            }
        }
    const size_t at = ((size_t)blockIdx.z * out_height + y) * out_width + x;
    greatest[at] = best;
    place[at] = best_at;
}
