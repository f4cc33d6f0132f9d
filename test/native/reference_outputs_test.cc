// SPDX-License-Identifier: MIT
// A hash of results on fixed rows, the same on every processor, isa and plan, and from JavaScript
// (test/lib/softmax.outputs.test.ts has the same rows). It changes only when a result does.
#include "forms.h"
#include "logits.h"

namespace tps::test {
namespace {

constexpr uint64_t kReferenceOutputs = 0x3d83146c7bacd024;

constexpr size_t kLengths[] = {1, 2, 3, 5, 8, 16, 17, 33, 64, 65, 100, 257, 1000, 1024, 1025, 2500};
struct Kind {
  float range;
  bool masked;
  float temperature;
};
constexpr Kind kKinds[] = {{1, false, 1},   {10, false, 1},    {10, true, 3},
                           {100, false, 1}, {30000, false, 1}, {1e6, false, 1}};

// A linear congruence, uniform in [-range, range); every fifth masked.
std::vector<float> logits(size_t n, const Kind& kind) {
  std::vector<float> x(n);
  uint32_t state = static_cast<uint32_t>(n);
  for (size_t i = 0; i < n; ++i) {
    state = state * 1664525u + 1013904223u;
    x[i] = static_cast<float>((state / 2147483648.0 - 1) * kind.range);
    if (kind.masked && i % 5 == 2) x[i] = -HUGE_VALF;
  }
  return x;
}

// FNV-1a of the bytes, low byte first.
class Hash {
 public:
  void add(const std::vector<float>& values) {
    for (const float value : values)
      for (int shift = 0; shift < 32; shift += 8)
        state_ = (state_ ^ (to_bits(value) >> shift & 255)) * 0x100000001b3;
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0xcbf29ce484222325;
};

TEST(reference_outputs) {
  const size_t plan_count = plans(1).size();
  for (const Isa isa : runnable_isas()) {
    for (size_t p = 0; p < plan_count; ++p) {
      const Note note(isa_row(isa).name);
      Hash hash;
      for (const Kind& kind : kKinds)
        for (const size_t n : kLengths) {
          const std::vector<float> x = logits(n, kind);
          std::vector<float> y(n);
          const std::vector<Plan> all = plans(n);
          run(isa, all[p % all.size()], {x.data(), y.data(), 1, n, 1, 1 / kind.temperature, false});
          hash.add(y);
        }
      CHECK_EQ(hash.value(), kReferenceOutputs);
      if (p > 0) continue;
      printf("reference outputs %016llx %s\n", static_cast<unsigned long long>(hash.value()),
             isa_row(isa).name);
    }
  }
}

}  // namespace
}  // namespace tps::test
