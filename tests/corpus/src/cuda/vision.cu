// build: nvcc-13.0 sm_75 sm_90
// Detection and pooling: overlaps of boxes as bit masks, sampling of regions by bilinear
// interpolation at places that the boxes give, and max pooling that keeps the winner's place.
extern "C" __global__ void suppress_boxes(const float4* __restrict__ boxes,
                                          unsigned long long* __restrict__ masks, int n,
                                          float threshold) {
  __shared__ float4 others[64];
  int row = blockIdx.y * 64 + threadIdx.x, first = blockIdx.x * 64;
  if (blockIdx.y > blockIdx.x) return;
  if (first + threadIdx.x < n) others[threadIdx.x] = boxes[first + threadIdx.x];
  __syncthreads();
  if (row >= n) return;
  float4 box = boxes[row];
  float area = (box.z - box.x) * (box.w - box.y);
  unsigned long long mask = 0;
  int count = min(64, n - first);
  for (int i = 0; i < count; ++i) {
    float4 other = others[i];
    float width = fminf(box.z, other.z) - fmaxf(box.x, other.x);
    float height = fminf(box.w, other.w) - fmaxf(box.y, other.y);
    if (first + i <= row || width <= 0.0f || height <= 0.0f) continue;
    float shared = width * height;
    float joint = area + (other.z - other.x) * (other.w - other.y) - shared;
    if (shared > threshold * joint) mask |= 1ull << i;
  }
  masks[(size_t)row * gridDim.x + blockIdx.x] = mask;
}

extern "C" __global__ void align_regions(const float* __restrict__ features,
                                         const float4* __restrict__ regions,
                                         const int* __restrict__ images, float* __restrict__ out,
                                         int channels, int height, int width, float scale) {
  int bin_x = threadIdx.x, bin_y = threadIdx.y, region = blockIdx.y, channel = blockIdx.x;
  float4 r = regions[region];
  float step_x = fmaxf(r.z - r.x, 1.0f) * scale / 7.0f;
  float step_y = fmaxf(r.w - r.y, 1.0f) * scale / 7.0f;
  const float* plane = features + ((size_t)images[region] * channels + channel) * height * width;
  float sum = 0.0f;
  for (int i = 0; i < 4; ++i) {
    float y = r.y * scale + (bin_y + 0.25f + 0.5f * (i >> 1)) * step_y;
    float x = r.x * scale + (bin_x + 0.25f + 0.5f * (i & 1)) * step_x;
    if (y < -1.0f || y > height || x < -1.0f || x > width) continue;
    int y0 = min(max((int)y, 0), height - 2), x0 = min(max((int)x, 0), width - 2);
    float dy = y - y0, dx = x - x0;
    const float* at = plane + y0 * width + x0;
    float upper = (1 - dx) * at[0] + dx * at[1];
    float lower = (1 - dx) * at[width] + dx * at[width + 1];
    sum += (1 - dy) * upper + dy * lower;
  }
  out[(((size_t)region * channels + channel) * 7 + bin_y) * 7 + bin_x] = 0.25f * sum;
}

extern "C" __global__ void max_pool(const short* __restrict__ in, short* __restrict__ out,
                                    unsigned char* __restrict__ winners, int in_height,
                                    int in_width, int out_height, int out_width, int window,
                                    int stride, int total) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= total) return;
  int x = i % out_width, y = i / out_width % out_height, plane = i / (out_width * out_height);
  int top = y * stride, left = x * stride;
  int bottom = min(top + window, in_height), right = min(left + window, in_width);
  short best = -32768;
  int winner = 0;
  for (int yy = top; yy < bottom; ++yy)
    for (int xx = left; xx < right; ++xx) {
      short value = in[((size_t)plane * in_height + yy) * in_width + xx];
      if (value > best) {
        best = value;
        winner = (yy - top) * window + xx - left;
      }
    }
  out[i] = best;
  winners[i] = (unsigned char)winner;
}
