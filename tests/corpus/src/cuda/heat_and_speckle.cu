// build: nvcc-13.0 sm_75 sm_90
// Chip temperature over several steps inside one tile (ghost zone shrinking by a cell a step); and
// the diffusion coefficient of speckle-reducing anisotropic diffusion.
extern "C" __global__ void chip_temperature(const float* __restrict__ power,
                                            const float* __restrict__ in, float* __restrict__ out,
                                            int columns, int rows, int steps, float cap, float rx,
                                            float ry, float rz, float ambient) {
  __shared__ float temperature[16][16], heated[16][16];
  int tx = threadIdx.x, ty = threadIdx.y, inner = 16 - 2 * steps;
  int x = (int)blockIdx.x * inner + tx - steps, y = (int)blockIdx.y * inner + ty - steps;
  bool inside = x >= 0 && x < columns && y >= 0 && y < rows;
  int at = y * columns + x;
  float own_power = inside ? power[at] : 0.0f;
  temperature[ty][tx] = inside ? in[at] : ambient;
  __syncthreads();
  bool mine = false;
  for (int step = 0; step < steps; ++step) {
    mine = inside && tx > step && tx < 15 - step && ty > step && ty < 15 - step;
    if (mine) {
      int west = x == 0 ? tx : tx - 1, east = x == columns - 1 ? tx : tx + 1;
      int north = y == 0 ? ty : ty - 1, south = y == rows - 1 ? ty : ty + 1;
      float t = temperature[ty][tx];
      heated[ty][tx] =
          t + cap * (own_power + (temperature[south][tx] + temperature[north][tx] - 2.0f * t) * ry +
                     (temperature[ty][east] + temperature[ty][west] - 2.0f * t) * rx +
                     (ambient - t) * rz);
    }
    __syncthreads();
    if (mine) temperature[ty][tx] = heated[ty][tx];
    __syncthreads();
  }
  if (mine) out[at] = temperature[ty][tx];
}

extern "C" __global__ void speckle_coefficient(const float* __restrict__ image,
                                               float* __restrict__ coefficient,
                                               float4* __restrict__ slopes, int columns, int rows,
                                               float spread) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= columns || y >= rows) return;
  int at = y * columns + x;
  float value = image[at];
  float north = image[max(y - 1, 0) * columns + x] - value;
  float south = image[min(y + 1, rows - 1) * columns + x] - value;
  float west = image[y * columns + max(x - 1, 0)] - value;
  float east = image[y * columns + min(x + 1, columns - 1)] - value;
  float gradient = (north * north + south * south + west * west + east * east) / (value * value);
  float laplacian = (north + south + west + east) / value;
  float numerator = 0.5f * gradient - laplacian * laplacian / 16.0f;
  float denominator = 1.0f + 0.25f * laplacian;
  float ratio = numerator / (denominator * denominator);
  float c = 1.0f / (1.0f + (ratio - spread) / (spread * (1.0f + spread)));
  coefficient[at] = __saturatef(c);
  slopes[at] = make_float4(north, south, west, east);
}
