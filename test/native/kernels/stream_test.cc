// SPDX-License-Identifier: MIT
#include "buffers.h"
#include "check.h"
#include "dispatch.h"
#include "kernels/table.h"

namespace tps::test {
namespace {

float expected(Stream stream, float x, float z) {
  if (stream <= Stream::kCopyStreaming8) return x;
  if (stream <= Stream::kScaleStreaming) return x * kStreamFactor;
  if (stream <= Stream::kAddStreaming) return x + z;
  return fmaf(z, kStreamFactor, x);
}

void check_lengths(const Kernels& kernels, size_t n, size_t offset) {
  GuardedBuffer<float> x(n, Flush::kEnd, offset), z(n, Flush::kStart, offset);
  Rng rng(seed() + n);
  float max = -__builtin_huge_valf();
  for (size_t i = 0; i < n; ++i) {
    x[i] = static_cast<float>(rng.uniform(-9, -1));
    z[i] = static_cast<float>(rng.uniform(-9, 9));
    max = x[i] > max ? x[i] : max;
  }
  for (size_t s = 0; s < kStreamCount; ++s) {
    const Note note(std::string(kStreams[s].name) + " n " + show(n) + " offset " + show(offset));
    GuardedBuffer<float> y(n, offset % 2 == 0 ? Flush::kEnd : Flush::kStart, offset);
    const float answer = kernels.streams.run[s](x.data(), z.data(), y.data(), n);
    CHECK(y.canaries_live());
    if (kStreams[s].writes == 0) {
      CHECK_EQ(answer, max);
      continue;
    }
    for (size_t i = 0; i < n; ++i) CHECK_EQ(y[i], expected(static_cast<Stream>(s), x[i], z[i]));
  }
}

}  // namespace

TEST(streams_compute_what_they_say_within_their_memory) {
  for (const IsaRow& isa : kIsas) {
    const Kernels* kernels = kernels_for(isa.isa);
    if (kernels == nullptr || !runnable(isa.isa, host_cpu())) continue;
    const Note note(isa.name);
    for (const size_t n : {1, 2, 15, 16, 17, 100, 128, 1024, 4096, 4111, 8192, 9000, 20000})
      for (const size_t offset : {0, 1, 5}) check_lengths(*kernels, n, offset);
  }
}

}  // namespace tps::test
