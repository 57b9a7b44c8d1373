// build: nvcc-13.0 sm_80 sm_90
// Lattice Boltzmann on a D3Q19 lattice, periodic: pull, collide (single relaxation time with a
// body force), store; obstacles bounce back.
#define LINKS(F)                                                                              \
  F(0, 0, 0, 0) F(1, 1, 0, 0) F(2, -1, 0, 0) F(3, 0, 1, 0) F(4, 0, -1, 0) F(5, 0, 0, 1)       \
  F(6, 0, 0, -1) F(7, 1, 1, 0) F(8, -1, -1, 0) F(9, 1, -1, 0) F(10, -1, 1, 0) F(11, 1, 0, 1)  \
  F(12, -1, 0, -1) F(13, 1, 0, -1) F(14, -1, 0, 1) F(15, 0, 1, 1) F(16, 0, -1, -1)            \
  F(17, 0, 1, -1) F(18, 0, -1, 1)

extern "C" __global__ void lattice_boltzmann(const float* __restrict__ from,
                                             float* __restrict__ to,
                                             const unsigned char* __restrict__ solid, int nx,
                                             int ny, int nz, float relaxation, float force) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y, z = blockIdx.z;
  if (x >= nx) return;
  int cells = nx * ny * nz, here = (z * ny + y) * nx + x;
  float f[19];
#define PULL(i, cx, cy, cz)                                                               \
  f[i] = from[i * cells + ((z - cz + nz) % nz * ny + (y - cy + ny) % ny) * nx +           \
              (x - cx + nx) % nx];
  LINKS(PULL)
  if (solid[here]) {
#define BOUNCE(i, cx, cy, cz) to[(i == 0 ? 0 : i % 2 ? i + 1 : i - 1) * cells + here] = f[i];
    LINKS(BOUNCE)
    return;
  }
  float density = 0.0f, ux = 0.0f, uy = 0.0f, uz = 0.0f;
#define SUM(i, cx, cy, cz) density += f[i], ux += cx * f[i], uy += cy * f[i], uz += cz * f[i];
  LINKS(SUM)
  ux = ux / density + force, uy /= density, uz /= density;
  float square = 1.5f * (ux * ux + uy * uy + uz * uz);
#define COLLIDE(i, cx, cy, cz)                                                            \
  {                                                                                       \
    float along = 3.0f * (cx * ux + cy * uy + cz * uz);                                   \
    float weight = i == 0 ? 1.0f / 3.0f : i < 7 ? 1.0f / 18.0f : 1.0f / 36.0f;            \
    float rest = weight * density * (1.0f + along + 0.5f * along * along - square);       \
    to[i * cells + here] = f[i] + relaxation * (rest - f[i]);                             \
  }
  LINKS(COLLIDE)
}
