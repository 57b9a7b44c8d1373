// build: nvcc-13.0 sm_80 sm_90
// build: nvcc-13.0 sm_80 --use_fast_math as fastmath
// Image filters: Sobel magnitude of packed pixels, one pass of a Gaussian with weights computed in
// the kernel, and the bilateral filter.
extern "C" __global__ void sobel(const uchar4* __restrict__ in, unsigned char* __restrict__ out,
                                 int width, int height, int threshold) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
  int grey[3][3];
#pragma unroll
  for (int dy = 0; dy < 3; ++dy)
#pragma unroll
    for (int dx = 0; dx < 3; ++dx) {
      uchar4 pixel = in[(y + dy - 1) * width + x + dx - 1];
      grey[dy][dx] = (77 * pixel.x + 150 * pixel.y + 29 * pixel.z) >> 8;
    }
  int gx = grey[0][2] + 2 * grey[1][2] + grey[2][2] - grey[0][0] - 2 * grey[1][0] - grey[2][0];
  int gy = grey[2][0] + 2 * grey[2][1] + grey[2][2] - grey[0][0] - 2 * grey[0][1] - grey[0][2];
  int size = abs(gx) + abs(gy);
  out[y * width + x] = size < threshold ? 0 : min(size, 255);
}

extern "C" __global__ void gaussian_rows(const float* __restrict__ in, float* __restrict__ out,
                                         int width, int height, float sigma) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width || y >= height) return;
  int radius = (int)ceilf(3.0f * sigma);
  float scale = -0.5f / (sigma * sigma), sum = 0.0f, weights = 0.0f;
  for (int i = -radius; i <= radius; ++i) {
    if (x + i < 0 || x + i >= width) continue;
    float weight = exp2f(scale * 1.442695f * i * i);
    sum += weight * in[y * width + x + i];
    weights += weight;
  }
  out[y * width + x] = sum / weights;
}

extern "C" __global__ void bilateral(const float* __restrict__ in, float* __restrict__ out,
                                     int width, int height, float spatial, float tonal) {
  __shared__ float tile[16 + 8][16 + 8 + 1];
  int tx = threadIdx.x, ty = threadIdx.y, left = blockIdx.x * 16 - 4, top = blockIdx.y * 16 - 4;
  for (int i = ty * 16 + tx; i < 24 * 24; i += 256) {
    int from_x = min(max(left + i % 24, 0), width - 1);
    int from_y = min(max(top + i / 24, 0), height - 1);
    tile[i / 24][i % 24] = in[from_y * width + from_x];
  }
  __syncthreads();
  int x = left + 4 + tx, y = top + 4 + ty;
  if (x >= width || y >= height) return;
  float centre = tile[ty + 4][tx + 4], sum = 0.0f, weights = 0.0f;
#pragma unroll
  for (int dy = 0; dy < 9; ++dy)
#pragma unroll
    for (int dx = 0; dx < 9; ++dx) {
      float value = tile[ty + dy][tx + dx], away = value - centre;
      float square = (dx - 4) * (dx - 4) + (dy - 4) * (dy - 4);
      float weight = __expf(-square * spatial - away * away * tonal);
      sum += weight * value;
      weights += weight;
    }
  out[y * width + x] = sum / weights;
}
