// Kernels for tests of assumed sizes; sizes.ptx is this file by nvcc 13.0:
//   nvcc -ptx -arch=sm_90 sizes.cu
struct View {
  float* data;
  int rows, cols;
  long long pitch;
};
struct Pointers {
  const float* from[4];
  int weight[4];
  float scale;
};

#define X (blockIdx.x * blockDim.x + threadIdx.x)
#define Y (blockIdx.y * blockDim.y + threadIdx.y)

extern "C" {

__global__ void unguarded_gemm(const float* a, const float* b, float* c, int n, int k) {
  int row = Y, column = X;
  float sum = 0;
  for (int i = 0; i < k; ++i) sum += a[row * k + i] * b[i * n + column];
  c[row * n + column] = sum;
}

__global__ void gemm_with_pitches(const float* a, const float* b, float* c, int m, int n, int k,
                                  int pitch_a, int pitch_b, int pitch_c) {
  int row = Y, column = X;
  if (row >= m || column >= n) return;
  float sum = 0;
  for (int i = 0; i < k; ++i) sum += a[row * pitch_a + i] * b[i * pitch_b + column];
  c[row * pitch_c + column] = sum;
}

__global__ void square(float* a, int n) {
  int x = X, y = Y;
  if (x < n && y < n) a[(size_t)y * n + x] *= 2;
}

__global__ void copy_view(View in, View out) {
  int x = X, y = Y;
  if (x >= in.cols || y >= in.rows) return;
  *(float*)((char*)out.data + y * out.pitch + x * 4) =
      *(float*)((char*)in.data + y * in.pitch + x * 4);
}

__global__ void weigh(Pointers all, float* out, unsigned long long n) {
  unsigned long long i = X;
  if (i >= n) return;
  float sum = 0;
  for (int k = 0; k < 4; ++k) sum += all.from[k][i] * all.weight[k];
  out[i] = sum * all.scale;
}

__global__ void strided(const float* x, float* y, int n, int step_x, int step_y) {
  for (int i = X; i < n; i += gridDim.x * blockDim.x) y[i * step_y] += x[i * step_x];
}

__global__ void four_at_a_time(const float* x, float* y, int n) {
  int i = X * 4;
  if (i + 3 < n) *(float4*)(y + i) = *(const float4*)(x + i);
}

__global__ void row_per_block(const float* x, float* y, int rows, int cols) {
  int row = blockIdx.x;
  if (row >= rows) return;
  float sum = 0;
  for (int i = threadIdx.x; i < cols; i += blockDim.x) sum += x[(size_t)row * cols + i];
  atomicAdd(y + row, sum);
}

__global__ void column_per_thread(const float* x, float* y, int rows, int cols) {
  int column = X;
  if (column >= cols) return;
  float sum = 0;
  for (int i = 0; i < rows; ++i) sum += x[i * cols + column];
  y[column] = sum;
}

__global__ void five_point(const float* a, float* b, int nx, int ny) {
  int i = X + 1, j = Y + 1;
  if (i >= nx - 1 || j >= ny - 1) return;
  b[j * nx + i] = a[j * nx + i - 1] + a[j * nx + i + 1] + a[(j - 1) * nx + i] + a[(j + 1) * nx + i];
}

__global__ void choices(float* x, int n, bool scale, int mode, double factor) {
  int i = X;
  if (i >= n) return;
  if (scale) x[i] *= factor;
  if (mode == 2) x[i] += 1;
}

__global__ void batches(const float* x, float* y, int n, int stride) {
  int i = X;
  if (i < n) y[blockIdx.y * stride + i] = x[blockIdx.y * stride + i];
}

__global__ void rows_by_pointer(float** rows, int n, int m) {
  int x = X, y = Y;
  if (x < n && y < m) rows[y][x] = 1;
}
}
