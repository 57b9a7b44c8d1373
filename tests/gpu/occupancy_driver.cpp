// Answers occupancy questions with NVIDIA's cuda_occupancy.h, on the host, without a GPU.
//
// Each line of standard input holds 11 integers: compute capability major and minor, threads per
// SM, shared bytes per SM, opt-in shared bytes per block, reserved shared bytes per block, SMs,
// then threads per block, registers per thread, static and dynamic shared bytes.
// Each line of standard output holds the blocks per SM and the bit mask of the limits that bind.

#include <cstdio>

#include <cuda_occupancy.h>

namespace {

struct Question {
    cudaOccDeviceProp device;
    cudaOccFuncAttributes kernel;
    int block_threads;
    size_t dynamic_shared;
};

bool read(Question& question) {
    int major, minor, threads_per_sm, sms, registers;
    size_t shared_per_sm, opt_in, reserved, static_shared;
    if (std::scanf("%d %d %d %zu %zu %zu %d %d %d %zu %zu", &major, &minor, &threads_per_sm,
                   &shared_per_sm, &opt_in, &reserved, &sms, &question.block_threads, &registers,
                   &static_shared, &question.dynamic_shared) != 11) {
        return false;
    }
    question.device.computeMajor = major;
    question.device.computeMinor = minor;
    question.device.maxThreadsPerBlock = 1024;
    question.device.maxThreadsPerMultiprocessor = threads_per_sm;
    question.device.regsPerBlock = 65536;
    question.device.regsPerMultiprocessor = 65536;
    question.device.warpSize = 32;
    question.device.sharedMemPerBlock = 48 * 1024;
    question.device.sharedMemPerMultiprocessor = shared_per_sm;
    question.device.numSms = sms;
    question.device.sharedMemPerBlockOptin = opt_in;
    question.device.reservedSharedMemPerBlock = reserved;

    // The kernel as it is after opting in to the dynamic shared memory that it is launched with.
    question.kernel.maxThreadsPerBlock = 1024;
    question.kernel.numRegs = registers;
    question.kernel.sharedSizeBytes = static_shared;
    question.kernel.partitionedGCConfig = PARTITIONED_GC_OFF;
    question.kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    question.kernel.maxDynamicSharedSizeBytes = question.dynamic_shared;
    question.kernel.numBlockBarriers = 1;
    question.kernel.virtualResourceCount = 0;
    return true;
}

}  // namespace

int main() {
    Question question;
    while (read(question)) {
        cudaOccResult answer;
        const cudaOccDeviceState preference;
        const cudaOccError status = cudaOccMaxActiveBlocksPerMultiprocessor(
            &answer, &question.device, &question.kernel, &preference, question.block_threads,
            question.dynamic_shared);
        if (status != CUDA_OCC_SUCCESS) {
            std::fprintf(stderr, "cuda_occupancy.h refused a question: %d\n", status);
            return 1;
        }
        std::printf("%d %u\n", answer.activeBlocksPerMultiprocessor, answer.limitingFactors);
    }
    return 0;
}
