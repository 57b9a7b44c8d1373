// build: nvcc-13.0 sm_90
// build: nvrtc-12.1 sm_70
// Escape-time Mandelbrot image with fused multiply-adds; trips differ between neighbouring lanes.
extern "C" __global__ void mandelbrot(unsigned short* __restrict__ image, int width, int height,
                                      float left, float top, float step, int limit) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width || y >= height) return;
  float re = left + step * x, im = top - step * y, zr = re, zi = im;
  int trip = 0;
  while (trip < limit && zr * zr + zi * zi < 4.0f) {
    float next = zr * zr - zi * zi + re;
    zi = 2.0f * zr * zi + im;
    zr = next;
    ++trip;
  }
  image[y * width + x] = (unsigned short)trip;
}
