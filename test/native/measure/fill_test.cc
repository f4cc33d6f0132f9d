// SPDX-License-Identifier: MIT
#include "measure/fill.h"

#include "buffers.h"
#include "check.h"
#include "halves.h"

namespace tps::test {
namespace {

constexpr size_t kCount = 5001;  // some stretches and a part of one

template <class T>
std::vector<T> filled(Dtype dtype, double low, double high, uint64_t from = 7) {
  GuardedBuffer<T> x(kCount, Flush::kEnd);
  fill_uniform(dtype, x.data(), kCount, low, high, from);
  CHECK(x.canaries_live());
  return {x.data(), x.data() + kCount};
}

}  // namespace

TEST(fill_is_uniform_in_its_range) {
  double sum = 0;
  for (const double v : filled<double>(Dtype::kFloat64, -3, 5)) {
    CHECK(v >= -3 && v < 5);
    sum += v;
  }
  CHECK(fabs(sum / kCount - 1) < 0.2);
  CHECK(filled<double>(Dtype::kFloat64, -3, 5) != filled<double>(Dtype::kFloat64, -3, 5, 8));
}

TEST(fill_uses_all_the_bits_of_a_type) {
  const auto wide = filled<double>(Dtype::kFloat64, 0, 1);
  const auto floats = filled<float>(Dtype::kFloat32, 0, 1);
  size_t finer = 0;
  for (size_t i = 0; i < kCount; ++i) {
    CHECK(fabs(wide[i] - double{floats[i]}) <= 0x1p-24);
    finer += wide[i] != static_cast<float>(wide[i]);
  }
  CHECK(finer > kCount / 2);
}

TEST(fill_rounds_the_same_numbers_to_halves) {
  const auto floats = filled<float>(Dtype::kFloat32, -1000, 1000);
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBFloat16}) {
    const auto halves = filled<uint16_t>(dtype, -1000, 1000);
    for (size_t i = 0; i < kCount; ++i) CHECK_EQ(halves[i], half_of(dtype, floats[i]));
  }
}

}  // namespace tps::test
