// build: nvcc-13.5 sm_120 sm_103a
// build: nvcc-13.0 sm_75 sm_90
// build: nvrtc-12.1 sm_60
// Texture units: an affine warp of an image, front-to-back compositing along rays through a volume
// that stops when opaque, and a gather-based downsample into a surface.
extern "C" __global__ void warp_image(cudaTextureObject_t image, float4* __restrict__ out,
                                      int width, int height, float a, float b, float c, float d) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width || y >= height) return;
  float u = x - 0.5f * width, v = y - 0.5f * height;
  out[y * width + x] = tex2D<float4>(image, a * u + b * v + 0.5f, c * u + d * v + 0.5f);
}

extern "C" __global__ void march_volume(cudaTextureObject_t volume, cudaTextureObject_t transfer,
                                        float* __restrict__ image, int width, int height,
                                        int steps, float step) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width || y >= height) return;
  float u = (x + 0.5f) / width, v = (y + 0.5f) / height, light = 0.0f, clear = 1.0f;
  for (int i = 0; i < steps && clear > 0.02f; ++i) {
    float density = tex3D<float>(volume, u, v, i * step);
    float2 shade = tex1D<float2>(transfer, density);
    light += clear * shade.y * shade.x;
    clear *= 1.0f - shade.y;
  }
  image[y * width + x] = light;
}

extern "C" __global__ void halve_image(cudaTextureObject_t image, cudaSurfaceObject_t half_size,
                                       int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width / 2 || y >= height / 2) return;
  float4 four = tex2Dgather<float4>(image, 2.0f * x + 1.0f, 2.0f * y + 1.0f, 0);
  surf2Dwrite(0.25f * (four.x + four.y + four.z + four.w), half_size, x * 4, y,
              cudaBoundaryModeZero);
}
