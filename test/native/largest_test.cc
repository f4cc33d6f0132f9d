// SPDX-License-Identifier: MIT
#include "native/largest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "buffers.h"
#include "check.h"
#include "native/dispatch.h"
#include "native/kernels/table.h"

namespace tps::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename Body>
void for_each_isa(const Body& body) {
  for (const IsaRow& row : kIsas) {
    const Kernels* kernels = kernels_for(row.isa);
    if (kernels == nullptr || !runnable(row.isa, host_cpu())) continue;
    const Note note(row.name);
    body(*kernels);
  }
}

// Few different values, so that there are ties; some masked.
std::vector<float> logits(size_t n, uint64_t values, Rng* rng) {
  std::vector<float> x(n);
  for (float& v : x)
    v = rng->below(20) == 0 ? -kInf : static_cast<float>(rng->below(values)) - 0.5f * values;
  return x;
}

// The definition: indices by value, then by index, -infinity left out.
std::vector<uint32_t> sorted(const std::vector<float>& x, size_t k) {
  std::vector<uint32_t> indices(x.size());
  std::iota(indices.begin(), indices.end(), 0);
  std::stable_sort(indices.begin(), indices.end(),
                   [&](uint32_t a, uint32_t b) { return x[a] > x[b]; });
  const auto masked = [&](uint32_t i) { return x[i] == -kInf; };
  indices.erase(std::find_if(indices.begin(), indices.end(), masked), indices.end());
  if (indices.size() > k) indices.resize(k);
  return indices;
}

std::vector<uint32_t> largest_of(const Kernels& kernels, const std::vector<float>& x, size_t k) {
  GuardedBuffer<Key> keys(Largest::capacity(k, x.size()), Flush::kEnd);
  GuardedBuffer<float> row(x.size(), Flush::kEnd);
  std::copy(x.begin(), x.end(), row.data());
  Largest largest(kernels, k, keys.data());
  largest.add(row.data(), x.size());
  std::vector<uint32_t> indices(largest.finish());
  for (size_t i = 0; i < indices.size(); ++i) indices[i] = index_of(keys[i]);
  CHECK(keys.canaries_live());
  return indices;
}

TEST(above_finds_what_is_not_at_most_the_threshold) {
  Rng rng(seed());
  const float thresholds[] = {-kInf, -1, 0, 0.25f, 2, kInf};
  for_each_isa([&](const Kernels& kernels) {
    for (size_t n = 0; n < 200; ++n) {
      for (const Flush flush : {Flush::kStart, Flush::kEnd}) {
        GuardedBuffer<float> x(n, flush);
        for (size_t i = 0; i < n; ++i) {
          const float special[] = {kNan, -kNan, kInf, -kInf, 0.0f, -0.0f, 0.25f};
          const uint64_t which = rng.below(20);
          x[i] = which < 7 ? special[which] : static_cast<float>(rng.uniform(-3, 3));
        }
        for (const float threshold : thresholds) {
          GuardedBuffer<uint32_t> found(n, Flush::kEnd);
          const size_t count = kernels.above(x.data(), n, threshold, found.data(), x.data());
          size_t expected = 0;
          for (size_t i = 0; i < n; ++i) {
            if (x[i] <= threshold) continue;
            if (expected < count) CHECK_EQ(found[expected], i);
            ++expected;
          }
          CHECK_EQ(count, expected);
          CHECK(found.canaries_live());
        }
      }
    }
  });
}

TEST(largest_is_the_head_of_a_stable_sort) {
  Rng rng(seed());
  for_each_isa([&](const Kernels& kernels) {
    for (const size_t n : {1, 2, 63, 64, 65, 200, 1023, 1024, 1025, 5000, 20001}) {
      for (const uint64_t values : {1, 3, 100, 1000000}) {
        const std::vector<float> x = logits(n, values, &rng);
        for (size_t k : {size_t{1}, size_t{2}, size_t{50}, n / 2, n}) {
          if (k < 1 || k > n) continue;
          const Note note("n " + show(n) + ", values " + show(values) + ", k " + show(k));
          CHECK(largest_of(kernels, x, k) == sorted(x, k));
        }
      }
    }
  });
}

TEST(largest_holds_out_on_the_worst_order) {
  for_each_isa([&](const Kernels& kernels) {
    std::vector<float> x(30000);
    std::iota(x.begin(), x.end(), -15000.0f);
    CHECK(largest_of(kernels, x, 40) == sorted(x, 40));
    std::reverse(x.begin(), x.end());
    CHECK(largest_of(kernels, x, 40) == sorted(x, 40));
  });
}

TEST(largest_takes_zeros_for_one_value_and_subnormals_for_many) {
  for_each_isa([&](const Kernels& kernels) {
    const std::vector<float> x = {-0.0f, 1e-40f, 0.0f, -1e-40f, 1e-37f, -1e-37f};
    const std::vector<uint32_t> expected = {4, 1, 0, 2, 3, 5};
    CHECK(largest_of(kernels, x, x.size()) == expected);
  });
}

TEST(largest_sees_a_nan_anywhere) {
  for_each_isa([&](const Kernels& kernels) {
    for (const size_t n : {1, 17, 3000}) {
      for (size_t at = 0; at < n; at += 1 + n / 40) {
        std::vector<float> x(n, 1.0f);
        std::vector<Key> keys(Largest::capacity(1, n));
        Largest without(kernels, 1, keys.data());
        without.add(x.data(), n);
        CHECK(!without.has_nan());
        x[at] = at % 2 == 0 ? kNan : -kNan;
        Largest with(kernels, 1, keys.data());
        with.add(x.data(), n);
        CHECK(with.has_nan());
      }
    }
  });
}

TEST(largest_skips_what_the_caller_knows_to_be_small) {
  for_each_isa([&](const Kernels& kernels) {
    std::vector<float> x(4096, 0.0f);
    x[7] = 2;
    x[4000] = 1;
    std::vector<Key> keys(Largest::capacity(1, x.size()));
    Largest largest(kernels, 1, keys.data());
    largest.add(x.data(), 1024);
    CHECK(largest.threshold() == 2);
    largest.skip_to(3072);
    largest.add(x.data() + 3072, 1024);
    CHECK_EQ(largest.finish(), 1);
    CHECK_EQ(index_of(keys[0]), 7);
  });
}

TEST(keys_order_as_values_and_then_indices_do) {
  const float values[] = {-kInf, -3e38f, -1, -1e-30f, 0, 1e-30f, 1, 1.0000001f, 3e38f, kInf};
  for (size_t i = 0; i < 10; ++i) {
    CHECK(value_of(key_of(values[i], 5)) == values[i]);
    CHECK_EQ(index_of(key_of(values[i], 0xfffffffe)), 0xfffffffe);
    CHECK(key_of(values[i], 3) > key_of(values[i], 4));
    if (i > 0) CHECK(key_of(values[i], 9) > key_of(values[i - 1], 0));
  }
}

}  // namespace
}  // namespace tps::test
