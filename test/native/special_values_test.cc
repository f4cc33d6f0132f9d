// SPDX-License-Identifier: MIT
// DESIGN 3.3: a special value at every position of every class of lengths, for every isa and plan.
// What must come out is known from the same row without it, bit for bit.
#include <algorithm>

#include "buffers.h"
#include "forms.h"
#include "logits.h"

namespace tps::test {
namespace {

using Row = std::vector<float>;
constexpr uint32_t kNan = 0x7fc00000;

constexpr size_t kLengths[] = {1,  2,  3,  5,   8,   15,  16,   17,   31,   32,   33,   47,  48,
                               63, 64, 65, 100, 128, 255, 1000, 1023, 1024, 1025, 4097, 9000};

std::vector<size_t> positions(size_t n) {
  std::vector<size_t> all;
  for (size_t i = 0; i < n; ++i) {
    const size_t in_block = i % kBlock;
    const bool edge = in_block < 17 || in_block > kBlock - 18 || i + 18 > n;
    if (n <= 128 || (edge && (n < 2000 || i % 5 == 0)) || i % 509 == 0) all.push_back(i);
  }
  return all;
}

size_t rows_checked = 0;

// Checks y[i] for a row by every isa and plan, in place and not.
template <class Expected>
void check(const Row& x, float scale, bool zeros, const Expected& expected) {
  const size_t n = x.size();
  Row y(n);
  for (const Isa isa : runnable_isas()) {
    // In batches the short rows go sixteen at a time: all the same one.
    const size_t copies = n <= 64 ? 17 : 1;
    Row rows(copies * n);
    for (const Plan& plan : plans(n))
      for (const bool in_place : {false, true}) {
        if (isa == Isa::kScalar && in_place) continue;
        for (size_t r = 0; r < copies; ++r) memcpy(&rows[r * n], x.data(), n * sizeof(float));
        y.assign(copies * n, -1.0f);
        run(isa, plan,
            {rows.data(), in_place ? rows.data() : y.data(), copies, n, 1, scale, zeros});
        const Row& got = in_place ? rows : y;
        rows_checked += copies;
        for (size_t i = 0; i < copies * n; ++i) {
          if (to_bits(got[i]) == expected(i % n)) continue;
          fail(__FILE__, __LINE__,
               show_plan(isa, plan) + ", n " + show(n) + ", at " + show(i) + ": " + show(got[i]));
          break;
        }
      }
  }
}

Row definition(const Row& x, float scale = 1) {
  Row y(x.size());
  run(Isa::kScalar, kDefinition, {x.data(), y.data(), 1, x.size(), 1, scale, false});
  return y;
}

Row ordinary(size_t n, Rng& rng) {
  Row x(n);
  for (float& v : x) v = static_cast<float>(3 * rng.normal());
  return x;
}

TEST(special_value_anywhere) {
  Rng rng(seed());
  rows_checked = 0;
  for (const size_t n : kLengths)
    for (const size_t at : positions(n)) {
      const Note note("special at " + show(at));
      Row x = ordinary(n, rng);
      const bool zeros = rng.below(2) != 0;
      // Rows that are NaN whatever else they hold.
      constexpr uint32_t kNans[] = {kNan, 0xffc00000, 0x7f800001, 0xff812345, 0x7f800000};
      x[at] = from_bits(kNans[rng.below(5)]);
      if (rng.below(4) == 0) x[rng.below(n)] = -HUGE_VALF;
      x[at] = x[at] == -HUGE_VALF ? HUGE_VALF : x[at];
      if (std::any_of(x.begin(), x.end(), [](float v) { return !(v < HUGE_VALF); }))
        check(x, 1, zeros, [](size_t) { return kNan; });
      // Masked, or so low that it counts as masked.
      x = ordinary(n, rng);
      x[at] = -1e4f;
      const Row without = definition(x);
      constexpr float kLows[] = {-HUGE_VALF, -FLT_MAX, -1e30f, -65537, -1e6f};
      x[at] = kLows[rng.below(5)];
      if (n > 1) check(x, 1, zeros, [&](size_t i) { return i == at ? 0 : to_bits(without[i]); });
      // So high that nothing else counts: the exact path.
      constexpr float kHighs[] = {FLT_MAX, 1e30f, 65537, 1e6f, 65536};
      x[at] = kHighs[rng.below(5)];
      const uint32_t one = to_bits(definition({x[at]})[0]);
      check(x, 1, zeros, [&](size_t i) { return i == at ? one : 0; });
    }
  CHECK(rows_checked >= 10000);
  printf("  %zu rows with a special value\n", rows_checked);
}

TEST(special_fully_masked) {
  for (const size_t n : kLengths) {
    check(Row(n, -HUGE_VALF), 1, false, [](size_t) { return kNan; });
    check(Row(n, -HUGE_VALF), 1, true, [](size_t) { return 0u; });
    check(Row(n, -HUGE_VALF), 0.5f, true, [](size_t) { return 0u; });
    for (const size_t at : {size_t{0}, n / 2, n - 1}) {
      Row x(n, -HUGE_VALF);
      x[at] = from_bits(0xffc00001);
      check(x, 1, true, [](size_t) { return kNan; });
      x[at] = HUGE_VALF;
      check(x, 1, true, [](size_t) { return kNan; });
      x[at] = -FLT_MAX;  // the only one left has it all, whatever it is
      const uint32_t one = to_bits(definition({x[at]})[0]);
      for (const float scale : {1.0f, 1e-3f, 1e3f})
        check(x, scale, true, [&](size_t i) { return i == at ? one : 0; });
    }
  }
}

// Logits that are multiples of 1/64 can be moved exactly: the exact path gives the bits of the same
// row with its maximum at zero.
TEST(special_exact_path_has_the_bits_of_the_shifted_row) {
  Rng rng(seed());
  for (const size_t n : kLengths)
    for (const float offset : {65537.0f, 100000.0f, -65100.0f, -100000.0f, 65536.0f}) {
      Row shifted(n), x(n);
      for (float& v : shifted) v = -static_cast<float>(rng.below(6000)) / 64;
      shifted[rng.below(n)] = 0;
      for (size_t i = 0; i < n; ++i) x[i] = shifted[i] + offset;
      const Row expected = definition(offset == 65536.0f ? x : shifted);
      check(x, 1, false, [&](size_t i) { return to_bits(expected[i]); });
    }
}

// Where z overflows, x is shifted before it is scaled.
TEST(special_temperature_that_overflows) {
  for (const size_t n : kLengths) {
    Row x(n, 3e38f);
    const uint32_t equal = to_bits(definition(Row(n, 0.0f))[0]);
    check(x, 1e5f, false, [&](size_t) { return equal; });
    for (float& v : x) v = -3e38f;
    check(x, 1e5f, true, [&](size_t) { return equal; });
    if (n == 1) continue;
    x[n / 2] = 2e38f;
    const uint32_t one = to_bits(definition({0.0f})[0]);
    check(x, 1e5f, false, [&](size_t i) { return i == n / 2 ? one : 0; });
    x[0] = -HUGE_VALF;
    x[n / 2] = HUGE_VALF;
    check(x, 1e5f, true, [](size_t) { return kNan; });
  }
}

TEST(special_empty) {
  float one = 7;
  for (const Isa isa : runnable_isas())
    for (const Plan& plan : plans(1)) {
      run(isa, plan, {&one, &one, 1, 0, 1, 1.0f, false});
      run(isa, plan, {&one, &one, 0, 1, 1, 1.0f, false});
      run(isa, plan, {&one, &one, 1, 1, 0, 1.0f, false});
    }
  CHECK_EQ(one, 7.0f);
}

}  // namespace
}  // namespace tps::test
