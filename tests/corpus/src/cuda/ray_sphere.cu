// build: nvcc-13.0 sm_75 sm_90
// build: nvcc-13.0 sm_90 --use_fast_math as fastmath
// Nearest hit of a camera's rays with spheres; the scene is a struct passed by value, spheres lie
// in constant memory.
struct Camera {
  float3 eye, forward, right, up;
  float tangent;
  int spheres;
  int width, height;
  unsigned* image;
};

__constant__ float4 spheres[256];

extern "C" __global__ void ray_sphere(Camera camera, unsigned background) {
  int px = blockIdx.x * blockDim.x + threadIdx.x, py = blockIdx.y * blockDim.y + threadIdx.y;
  if (px >= camera.width || py >= camera.height) return;
  float u = camera.tangent * (2.0f * (px + 0.5f) / camera.width - 1.0f);
  float v = camera.tangent * (1.0f - 2.0f * (py + 0.5f) / camera.height);
  float dx = camera.forward.x + u * camera.right.x + v * camera.up.x;
  float dy = camera.forward.y + u * camera.right.y + v * camera.up.y;
  float dz = camera.forward.z + u * camera.right.z + v * camera.up.z;
  float norm = rsqrtf(dx * dx + dy * dy + dz * dz);
  dx *= norm, dy *= norm, dz *= norm;
  float nearest = 1e30f;
  int hit = -1;
#pragma unroll 1
  for (int i = 0; i < camera.spheres; ++i) {
    float4 sphere = spheres[i];
    float ox = sphere.x - camera.eye.x, oy = sphere.y - camera.eye.y, oz = sphere.z - camera.eye.z;
    float along = ox * dx + oy * dy + oz * dz;
    float inside = sphere.w * sphere.w - (ox * ox + oy * oy + oz * oz - along * along);
    if (inside < 0.0f) continue;
    float at = along - sqrtf(inside);
    if (at > 0.0f && at < nearest) nearest = at, hit = i;
  }
  unsigned shade = hit < 0 ? background : 0xff000000u | (unsigned)(255.0f / (1.0f + nearest)) << 8;
  camera.image[py * camera.width + px] = shade;
}
