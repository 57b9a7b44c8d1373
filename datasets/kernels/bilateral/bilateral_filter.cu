// Bilateral filter: neighbours count by how near they are and by how like they are; two
// exponentials of one sum are one exponential.
extern "C" __global__ void bilateral_filter(
    const float* __restrict__ image, float* __restrict__ out, int width, int height, int radius,
    float by_distance, float by_value)
{
    const int x = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = (int)(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= width || y >= height) return;
    const float here = image[(size_t)y * width + x];
    float sum = 0.0f, weights = 0.0f;
    for (int dy = -radius; dy <= radius; ++dy) {
        const float* row = image + (size_t)min(max(y + dy, 0), height - 1) * width;
        for (int dx = -radius; dx <= radius; ++dx) {
            const float value = row[min(max(x + dx, 0), width - 1)];
            const float apart = value - here;
            const float weight =
                exp2f(by_distance * (float)(dx * dx + dy * dy) + by_value * apart * apart);
            sum += weight * value;
            weights += weight;
        }
    }
    out[(size_t)y * width + x] = sum / weights;
}
