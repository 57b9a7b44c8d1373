// Vertices of many bodies turned and moved by their body's quaternion and place; a body's vertices
// lie along x, bodies along y, coordinates in planes of their own.
extern "C" __global__ void rotate_bodies(
    const float* __restrict__ vertices, const float4* __restrict__ turns,
    const float4* __restrict__ moves, float* __restrict__ out, unsigned count, unsigned bodies)
{
    const unsigned vertex = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned body = blockIdx.y * blockDim.y + threadIdx.y;
    if (vertex >= count || body >= bodies) return;
    const size_t at = (size_t)body * count + vertex, plane = (size_t)bodies * count;
    const float4 q = turns[body], m = moves[body];
    const float x = vertices[at], y = vertices[plane + at], z = vertices[2 * plane + at];
    const float scale = 2.0f / (q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
    const float cx = q.y * z - q.z * y + q.w * x;
    const float cy = q.z * x - q.x * z + q.w * y;
    const float cz = q.x * y - q.y * x + q.w * z;
    out[at] = fmaf(m.w, fmaf(scale, q.y * cz - q.z * cy, x), m.x);
    out[plane + at] = fmaf(m.w, fmaf(scale, q.z * cx - q.x * cz, y), m.y);
    out[2 * plane + at] = fmaf(m.w, fmaf(scale, q.x * cy - q.y * cx, z), m.z);
}
