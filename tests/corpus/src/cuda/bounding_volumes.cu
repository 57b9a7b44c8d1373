// build: nvcc-13.0 sm_80 sm_90
// Closest hit of rays with triangles through a hierarchy of boxes; the stack of nodes to visit is a
// local array.
struct Node {
  float3 low;
  int first;
  float3 high;
  int count;
};

__device__ bool meets(const Node& node, float3 from, float3 inverse, float limit) {
  float x1 = (node.low.x - from.x) * inverse.x, x2 = (node.high.x - from.x) * inverse.x;
  float y1 = (node.low.y - from.y) * inverse.y, y2 = (node.high.y - from.y) * inverse.y;
  float z1 = (node.low.z - from.z) * inverse.z, z2 = (node.high.z - from.z) * inverse.z;
  float enter = fmaxf(fmaxf(fminf(x1, x2), fminf(y1, y2)), fmaxf(fminf(z1, z2), 0.0f));
  float leave = fminf(fminf(fmaxf(x1, x2), fmaxf(y1, y2)), fminf(fmaxf(z1, z2), limit));
  return enter <= leave;
}

__device__ float3 minus(float3 a, float3 b) { return make_float3(a.x - b.x, a.y - b.y, a.z - b.z); }
__device__ float dot3(float3 a, float3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
__device__ float3 cross3(float3 a, float3 b) {
  return make_float3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

extern "C" __global__ void closest_hit(const Node* __restrict__ nodes,
                                       const float3* __restrict__ triangles,
                                       const float3* __restrict__ origins,
                                       const float3* __restrict__ directions,
                                       float2* __restrict__ hits, int rays) {
  int ray = blockIdx.x * blockDim.x + threadIdx.x;
  if (ray >= rays) return;
  float3 from = origins[ray], along = directions[ray];
  float3 inverse = make_float3(1.0f / along.x, 1.0f / along.y, 1.0f / along.z);
  int stack[32], top = 0, hit = -1;
  float nearest = 1e30f;
  stack[top++] = 0;
  while (top > 0) {
    Node node = nodes[stack[--top]];
    if (!meets(node, from, inverse, nearest)) continue;
    if (node.count == 0) {
      stack[top++] = node.first;
      stack[top++] = node.first + 1;
      continue;
    }
    for (int i = node.first; i < node.first + node.count; ++i) {
      float3 a = triangles[3 * i], ab = minus(triangles[3 * i + 1], a);
      float3 ac = minus(triangles[3 * i + 2], a), p = cross3(along, ac), s = minus(from, a);
      float scale = 1.0f / dot3(ab, p), u = dot3(s, p) * scale;
      float3 q = cross3(s, ab);
      float v = dot3(along, q) * scale, at = dot3(ac, q) * scale;
      if (u >= 0.0f && v >= 0.0f && u + v <= 1.0f && at > 1e-4f && at < nearest) {
        nearest = at;
        hit = i;
      }
    }
  }
  hits[ray] = make_float2(nearest, __int_as_float(hit));
}
