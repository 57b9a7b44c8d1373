// A step of light in a plane on staggered grids: both magnetic parts from the electric field's
// curl, through shared memory, and the electric field from the new magnetic ones.
extern "C" __global__ void wave_maxwell(
    const float* __restrict__ electric, const float2* __restrict__ magnetic,
    const float2* __restrict__ material, float* __restrict__ electric_out,
    float2* __restrict__ magnetic_out, unsigned width, unsigned height)
{
    extern __shared__ float2 fields[];
    const unsigned pitch = blockDim.x;
    const unsigned x = blockIdx.x * (blockDim.x - 1) + threadIdx.x;
    const unsigned y = blockIdx.y * (blockDim.y - 1) + threadIdx.y;
    const bool inside = x < width && y < height;
    const size_t at = (size_t)y * width + x;
    const unsigned place = threadIdx.y * pitch + threadIdx.x;
    float here = 0.0f;
    float2 field = make_float2(0.0f, 0.0f);
    if (inside) {
        here = electric[at];
        const float right = x + 1 < width ? electric[at + 1] : 0.0f;
        const float below = y + 1 < height ? electric[at + width] : 0.0f;
        field = magnetic[at];
        field.x -= 0.5f * (below - here);
        field.y += 0.5f * (right - here);
    }
    fields[place] = field;
    __syncthreads();
    const bool owns = inside && (threadIdx.x > 0 || x == 0) && (threadIdx.y > 0 || y == 0);
    if (!owns) return;
    magnetic_out[at] = field;
    const float left = x > 0 ? fields[place - 1].y : 0.0f;
    const float top = y > 0 ? fields[place - pitch].x : 0.0f;
    const float2 medium = material[at];
    electric_out[at] = medium.x * here + medium.y * ((field.y - left) - (field.x - top));
}
