// A step of flow by the lattice Boltzmann method with nine directions: each cell pulls from its
// neighbours; fluid relaxes to equilibrium, solid sends back what came. The plane wraps around.
extern "C" __global__ void lbm_d2q9(
    const float* __restrict__ in, const unsigned char* __restrict__ solid,
    float* __restrict__ out, unsigned width, unsigned height, float rate)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const size_t cells = (size_t)width * height, at = (size_t)y * width + x;
    const unsigned west = x ? x - 1 : width - 1, east = x + 1 < width ? x + 1 : 0;
    const size_t here = (size_t)y * width;
    const size_t south = (size_t)(y ? y - 1 : height - 1) * width;
    const size_t north = (size_t)(y + 1 < height ? y + 1 : 0) * width;
    const float rest = in[at];
    const float to_east = in[cells + here + west], to_west = in[2 * cells + here + east];
    const float to_north = in[3 * cells + south + x], to_south = in[4 * cells + north + x];
    const float to_ne = in[5 * cells + south + west], to_sw = in[6 * cells + north + east];
    const float to_nw = in[7 * cells + south + east], to_se = in[8 * cells + north + west];
    if (solid[at]) {  // pin: solid
        out[at] = rest;
        out[cells + at] = to_west;
        out[2 * cells + at] = to_east;
        out[3 * cells + at] = to_south;
        out[4 * cells + at] = to_north;
        out[5 * cells + at] = to_sw;
        out[6 * cells + at] = to_ne;
        out[7 * cells + at] = to_se;
        out[8 * cells + at] = to_nw;
        return;
    }
    const float density = rest + to_east + to_west + to_north + to_south + to_ne + to_sw +
                          to_nw + to_se;
    const float inverse = 1.0f / density;
    const float u = (to_east - to_west + to_ne - to_sw - to_nw + to_se) * inverse;
    const float v = (to_north - to_south + to_ne - to_sw + to_nw - to_se) * inverse;
    const float base = 1.0f - 1.5f * (u * u + v * v);
    const float sum = u + v, difference = u - v, keep = 1.0f - rate;
    const float straight = rate * density / 9.0f, diagonal = rate * density / 36.0f;
    out[at] = keep * rest + 4.0f * straight * base;
    out[cells + at] = keep * to_east + straight * (base + 3.0f * u + 4.5f * u * u);
    out[2 * cells + at] = keep * to_west + straight * (base - 3.0f * u + 4.5f * u * u);
    out[3 * cells + at] = keep * to_north + straight * (base + 3.0f * v + 4.5f * v * v);
    out[4 * cells + at] = keep * to_south + straight * (base - 3.0f * v + 4.5f * v * v);
    out[5 * cells + at] = keep * to_ne + diagonal * (base + 3.0f * sum + 4.5f * sum * sum);
    out[6 * cells + at] = keep * to_sw + diagonal * (base - 3.0f * sum + 4.5f * sum * sum);
    const float cross = 4.5f * difference * difference;
    out[7 * cells + at] = keep * to_nw + diagonal * (base - 3.0f * difference + cross);
    out[8 * cells + at] = keep * to_se + diagonal * (base + 3.0f * difference + cross);
}
