// build: nvcc-13.0 sm_75 sm_90
// Convolutions: along a line with weights in constant memory and a halo in shared memory; a 3x3
// layer over channels in NCHW; and a 5x5 depthwise layer in NHWC.
__constant__ float taps[33];

extern "C" __global__ void convolve_line(const float* __restrict__ in, float* __restrict__ out,
                                         int n, int radius) {
  extern __shared__ float window[];
  int first = blockIdx.x * blockDim.x - radius;
  for (int i = threadIdx.x; i < blockDim.x + 2 * radius; i += blockDim.x) {
    int at = first + i;
    window[i] = at >= 0 && at < n ? in[at] : 0.0f;
  }
  __syncthreads();
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  if (x >= n) return;
  float sum = 0.0f;
  for (int i = 0; i <= 2 * radius; ++i) sum += taps[i] * window[threadIdx.x + i];
  out[x] = sum;
}

extern "C" __global__ void convolve_3x3(const float* __restrict__ in,
                                        const float* __restrict__ weights,
                                        const float* __restrict__ bias, float* __restrict__ out,
                                        int channels, int height, int width) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  int filter = blockIdx.z;
  if (x >= width || y >= height) return;
  float sum = bias[filter];
  for (int channel = 0; channel < channels; ++channel) {
    const float* plane = in + (size_t)channel * height * width;
    const float* w = weights + (filter * channels + channel) * 9;
#pragma unroll
    for (int dy = -1; dy <= 1; ++dy)
#pragma unroll
      for (int dx = -1; dx <= 1; ++dx) {
        bool inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
        if (inside) sum += plane[(y + dy) * width + x + dx] * w[(dy + 1) * 3 + dx + 1];
      }
  }
  out[((size_t)filter * height + y) * width + x] = fmaxf(sum, 0.0f);
}

extern "C" __global__ void depthwise_5x5(const float* __restrict__ in,
                                         const float* __restrict__ weights,
                                         float* __restrict__ out, int height, int width,
                                         int channels, int step) {
  int channel = blockIdx.x * blockDim.x + threadIdx.x;
  int x = blockIdx.y * blockDim.y + threadIdx.y, y = blockIdx.z;
  int columns = width / step;
  if (channel >= channels || x >= columns) return;
  float sum = 0.0f;
#pragma unroll 1
  for (int i = 0; i < 5; ++i) {
    int from_y = min(max(y * step + i - 2, 0), height - 1);
#pragma unroll
    for (int j = 0; j < 5; ++j) {
      int from_x = min(max(x * step + j - 2, 0), width - 1);
      sum += in[(from_y * width + from_x) * channels + channel] *
             weights[(i * 5 + j) * channels + channel];
    }
  }
  out[(y * columns + x) * channels + channel] = sum;
}
