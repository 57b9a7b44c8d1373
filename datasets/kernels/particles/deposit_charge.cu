// Charge of particles shared out to the four corners of their cell, by atomic additions in global
// memory; particles come in no order.
__device__ __forceinline__ void add_to(float* at, float value)
{
    const size_t place = __cvta_generic_to_global(at);
    asm volatile("red.global.add.f32 [%0], %1;" ::"l"(place), "f"(value) : "memory");  // pin: cell
}

extern "C" __global__ void deposit_charge(
    const float2* __restrict__ places, const float* __restrict__ charges,
    float* __restrict__ density, unsigned count, unsigned width, unsigned height)
{
    const unsigned i = (blockIdx.x * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const float2 place = places[i];
    const float charge = charges[i];
    const float x = floorf(place.x), y = floorf(place.y);
    const float right = place.x - x, up = place.y - y;
    if (((unsigned)x >= width) | ((unsigned)y >= height)) return;  // pin: beyond
    float* corner = density + (size_t)(unsigned)y * (width + 1) + (unsigned)x;
    add_to(corner, charge * (1.0f - right) * (1.0f - up));
    add_to(corner + 1, charge * right * (1.0f - up));
    add_to(corner + width + 1, charge * (1.0f - right) * up);
    add_to(corner + width + 2, charge * right * up);
}
