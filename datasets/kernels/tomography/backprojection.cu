// A slice of a body from its shadows: each pixel sums, over all angles, what the shadow holds
// where the pixel falls, between two detectors.
extern "C" __global__ void backprojection(
    const float* __restrict__ shadows, const float2* __restrict__ directions,
    float* __restrict__ slice, unsigned side, unsigned angles, unsigned detectors)
{
    extern __shared__ float2 held[];
    const unsigned tid = threadIdx.y * blockDim.x + threadIdx.x;
    for (unsigned a = tid; a < angles; a += blockDim.x * blockDim.y) held[a] = directions[a];
    __syncthreads();
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= side || y >= side) return;
    const float middle = 0.5f * (float)(side - 1), centre = 0.5f * (float)(detectors - 1);
    const float px = (float)x - middle, py = (float)y - middle;
    float sum = 0.0f;
#pragma unroll 2
    for (unsigned a = 0; a < angles; ++a) {
        const float2 way = held[a];
        const float at = fmaf(px, way.x, fmaf(py, way.y, centre));
        const float cell = floorf(at), share = at - cell;
        const float* row = shadows + (size_t)a * detectors + (int)cell;
        const float low = row[0];  // pin: shadow
        const float high = row[1];  // pin: shadow
        sum += fmaf(share, high - low, low);
    }
    slice[(size_t)y * side + x] = sum / (float)angles;
}
