// Inline assembly as people write it: scopes, waits, odd spacing, glued operands, many lines.
#include <cstdint>

__device__ __forceinline__ void wait(uint32_t barrier, uint32_t parity) {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1, 10000;\n"
        "@p bra done;\n"
        "bra again;\n"
        "done:\n"
        "}\n" ::"r"(barrier), "r"(parity));
}

extern "C" __global__ void waits(int *out) {
    __shared__ alignas(8) uint64_t barrier;
    uint32_t at = static_cast<uint32_t>(__cvta_generic_to_shared(&barrier));
    asm volatile("mbarrier.init.shared::cta.b64 [%0],%1;" ::"r"(at), "r"(1));
    asm volatile("{ .reg .b64 state; mbarrier.arrive.shared::cta.b64 state, [%0]; }" ::"r"(at));
    wait(at, 0);
    wait(at, 1);
    out[threadIdx.x] = 1;
}

extern "C" __global__ void packs(unsigned *out, unsigned long long whole) {
    unsigned low, high, kept;
    asm("mov.b64{%0,%1},%2;" : "=r"(low), "=r"(high) : "l"(whole));
    asm("{.reg .pred p;setp.ne.b32 p,%1,0;@p mov.b32 %0,%1;@!p mov.b32 %0,-1;}"
        : "=r"(kept) : "r"(low));
    asm volatile("st.global.v2.b32\n\t[%0],\n\t{%1,\n\t%2};" ::"l"(out), "r"(low), "r"(high));
    asm volatile("{ .reg .pred %%inner; elect.sync _|%%inner, 0xffffffff;"
                 " @%%inner red.global.add.u32 [%0 + 8], %1; }" ::"l"(out), "r"(kept));
    asm volatile("/* a ; comment } */ fence.proxy.async ; // and \" another");
}

extern "C" __global__ void multiplies(float *out, uint64_t left, uint64_t right) {
    float d0 = 0, d1 = 0, d2 = 0, d3 = 0;
    asm volatile("wgmma.fence.sync.aligned;");
    asm volatile(
        "{\n.reg .pred p;\nsetp.ne.b32 p, %6, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 "
        "{%0, %1, %2, %3}, %4, %5, p, 1, 1, 0, 0;\n}\n"
        : "+f"(d0), "+f"(d1), "+f"(d2), "+f"(d3) : "l"(left), "l"(right), "r"(1));
    asm volatile("wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;");
    out[threadIdx.x] = d0 + d1 + d2 + d3;
}

extern "C" __global__ void loads(const void *map, int row, int column) {
    extern __shared__ unsigned char staged[];
    uint32_t at = static_cast<uint32_t>(__cvta_generic_to_shared(staged));
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
        " [%0], [%1, {%3, %4}], [%2];" ::"r"(at), "l"(map), "r"(at + 1024), "r"(row), "r"(column)
        : "memory");
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(at), "l"(map));
    asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;");
}
