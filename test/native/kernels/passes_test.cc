// SPDX-License-Identifier: MIT
// Every kernel of every table that this processor can run against the scalar kernel: the same bits.
#include <algorithm>

#include "native/kernels/fold.h"

#include "../buffers.h"
#include "../forms.h"
#include "../logits.h"

namespace tps::test {
namespace {

using Row = std::vector<float>;

bool same_bits(const float* a, const float* b, size_t n) {
  return n == 0 || memcmp(a, b, n * sizeof(float)) == 0;
}
// The bits of a NaN are promised of results only, not of what passes hand to each other.
bool same_values(const Row& a, const Row& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (to_bits(a[i]) != to_bits(b[i]) && (a[i] == a[i] || b[i] == b[i])) return false;
  return true;
}
bool same_sums(const std::vector<BlockSum>& a, const std::vector<BlockSum>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i].sum == b[i].sum || (a[i].sum != a[i].sum && b[i].sum != b[i].sum);
    if (!same || a[i].exponent != b[i].exponent || a[i].max != b[i].max) return false;
  }
  return true;
}

// The same of sums and exponentials that may be relative to other exponents: on one scale. What
// lies below 2^-127 of the row's sum may be anything there, and add as much to the sum of a block.
bool same_scaled(const std::vector<BlockSum>& a, const Row& v, const std::vector<BlockSum>& b,
                 const Row& w, int row_exponent) {
  for (size_t k = 0; k < a.size(); ++k) {
    const int up = a[k].exponent - b[k].exponent;
    const double nothing = ldexp(1, row_exponent - 127 - (b[k].exponent - kHeadroom));
    const auto same = [&](double one, double other, double most) {
      const double scaled = ldexp(one, up);
      if (one != one || other != other) return one != one && other != other;
      return scaled == other || isinf(most) || (scaled < most && other < most);
    };
    const bool near = fabs(ldexp(a[k].sum, up) - b[k].sum) < kBlock * nothing;
    if (!near && !same(a[k].sum, b[k].sum, nothing)) return false;
    for (size_t i = k * kBlock; i < std::min(v.size(), (k + 1) * kBlock); ++i) {
      if (!same(v[i], w[i], nothing)) return false;
      if (ldexp(double{v[i]}, a[k].exponent - kHeadroom) < ldexp(1, a[k].lowest)) return false;
    }
  }
  return true;
}

// One isa's kernels, without the code that calls them.
class Passes {
 public:
  Passes(const Kernels& kernels, const Input& in, size_t n) : kernels_(kernels), in_(in), n_(n) {}

  float max() const { return kernels_.max(in_, n_); }

  std::vector<BlockSum> sums(Row* v, bool in_place, const float* known_max) const {
    std::vector<BlockSum> blocks((n_ + kBlock - 1) / kBlock);
    Input in = in_;
    if (in_place) in.x = static_cast<const float*>(memcpy(v->data(), in.x, n_ * sizeof(float)));
    kernels_.sum_exp(in, n_, v != nullptr ? v->data() : nullptr, blocks.data(), known_max);
    return blocks;
  }
  std::vector<BlockSum> blind_sums(Row* v, bool in_place) const {
    std::vector<BlockSum> blocks((n_ + kBlock - 1) / kBlock);
    Input in = in_;
    if (in_place) in.x = static_cast<const float*>(memcpy(v->data(), in.x, n_ * sizeof(float)));
    kernels_.sum_blind(in, n_, v != nullptr ? v->data() : nullptr, blocks.data());
    return blocks;
  }
  std::vector<BlockSum> lane_sums(float* lanes) const {
    std::vector<BlockSum> blocks(n_ / kBlock);
    kernels_.sum_lanes(in_, n_, blocks.data(), lanes);
    return blocks;
  }
  Row scale_exp(const Normalizer& norm, bool streaming, bool in_place) const {
    Row y(n_);
    Input in = in_;
    if (in_place) in.x = static_cast<const float*>(memcpy(y.data(), in.x, n_ * sizeof(float)));
    kernels_.scale_exp(in, y.data(), n_, norm, streaming);
    return y;
  }
  Row scale(Row v, const std::vector<BlockSum>& blocks, const Normalizer& norm) const {
    kernels_.scale(v.data(), n_, blocks.data(), norm);
    return v;
  }

 private:
  const Kernels& kernels_;
  const Input in_;
  const size_t n_;
};

Input random_input(const Row& x, Rng& rng) {
  Input in{x.data(), 1, 0, 0, static_cast<Input::Kind>(rng.below(3))};
  if (in.kind == Input::kPlain) return in;
  constexpr float kScales[] = {0.7f, 1 / 0.3f, 1e-3f, 100.0f};
  in.scale = kScales[rng.below(4)];
  if (in.kind == Input::kScaled) return in;
  const float max = kKernels_scalar.max({x.data(), in.scale, 0, 0, Input::kScaled}, x.size());
  if (max - max != 0 || rng.below(2) != 0)
    in.before = kKernels_scalar.max({x.data(), 1, 0, 0, Input::kPlain}, x.size());
  else
    in.after = max;
  if (in.before - in.before != 0) return {x.data(), in.scale, 0, 0, Input::kScaled};
  return in;
}

TEST(passes_of_every_table_have_the_bits_of_scalar) {
  Rng rng(seed() + 2);
  size_t windows = 0;
  for (size_t i = 0; i < cases(60000); ++i) {
    const size_t n = i % 200 != 0 ? random_length(rng) : 1025 + rng.below(9000);
    Row x(n);
    random_kind(rng).fill(x.data(), n, rng);
    const Input in = random_input(x, rng);
    const Passes scalar(kKernels_scalar, in, n);
    const float max = scalar.max();
    const bool safe = max >= kLowest && max <= kSafe;
    const bool streaming = rng.below(2) != 0, in_place = rng.below(2) != 0;
    const float* const known_max = rng.below(2) != 0 ? &max : nullptr;
    for (const Isa isa : runnable_isas()) {
      const Note note(show("table of ") + isa_row(isa).name + ", row " + show(i) + ", n " +
                      show(n) + ", kind " + show(in.kind));
      const Passes passes(*kernels_for(isa), in, n);
      CHECK(passes.max() == max);
      if (!safe) continue;
      Row v(n), expected_v(n);
      const auto expected = scalar.sums(&expected_v, in_place, known_max);
      CHECK(same_sums(passes.sums(&v, in_place, known_max), expected));
      CHECK(same_values(v, expected_v));
      CHECK(same_sums(passes.sums(nullptr, false, known_max), expected));
      const RowSum sum = fold(expected.data(), expected.size());
      if (sum.mantissa != sum.mantissa) continue;
      const Normalizer norm = normalizer(sum);
      const Row y = scalar.scale(expected_v, expected, norm);
      CHECK(same_values(passes.scale(v, expected, norm), y));
      CHECK(same_values(passes.scale_exp(norm, streaming, in_place), y));

      if (known_max != nullptr) continue;
      const auto blind = passes.blind_sums(&v, in_place);
      CHECK(same_scaled(blind, v, expected, expected_v, sum.exponent));
      const RowSum blind_sum = fold(blind.data(), blind.size());
      CHECK(blind_sum.mantissa == sum.mantissa && blind_sum.exponent == sum.exponent);
      CHECK(blind_sum.max >= kLowest && blind_sum.max <= kSafe);
      const Normalizer blind_norm = normalizer(blind_sum);
      windows += blind_norm.all_stay;
      CHECK(same_values(passes.scale(v, blind, blind_norm), y));
      CHECK(same_values(passes.scale_exp(blind_norm, streaming, in_place), y));
      if (!in_place) CHECK(same_sums(passes.blind_sums(nullptr, false), blind));
    }
  }
  CHECK(runnable_isas().size() == 1 || windows > 0);
}

// By the passes one after another, on the exact path if need be.
Row row_by_passes(const float* x, size_t n) {
  Input in{x, 1, 0, 0, Input::kPlain};
  const float max = kKernels_scalar.max(in, n);
  if (max - max != 0) return Row(n, __builtin_nanf(""));
  if (!(max >= kLowest && max <= kSafe)) in = {x, 1, 0, max, Input::kShifted};
  Row y(n);
  const Passes scalar(kKernels_scalar, in, n);
  const std::vector<BlockSum> sums = scalar.sums(&y, false, nullptr);
  const RowSum sum = fold(sums.data(), sums.size());
  if (sum.mantissa != sum.mantissa) return Row(n, __builtin_nanf(""));
  return scalar.scale(y, sums, normalizer(sum));
}

TEST(passes_by_lanes_have_the_sums_and_the_largest_of_each) {
  Rng rng(seed() + 5);
  for (size_t i = 0; i < cases(1000); ++i) {
    const size_t n = kBlock * (1 + rng.below(5));
    Row x(n);
    random_kind(rng).fill(x.data(), n, rng);
    const Input in{x.data(), 1, 0, 0, Input::kPlain};
    float expected[16];
    for (size_t j = 0; j < 16; ++j) {
      expected[j] = -HUGE_VALF;
      for (size_t at = j; at < n; at += 16)
        if (x[at] > expected[j]) expected[j] = x[at];
    }
    for (const Isa isa : runnable_isas()) {
      const Note note(show("table of ") + isa_row(isa).name + ", row " + show(i) + ", n " +
                      show(n));
      const Passes passes(*kernels_for(isa), in, n);
      float lanes[16];
      const auto sums = passes.lane_sums(lanes);
      CHECK(std::equal(lanes, lanes + 16, expected));
      const float max = passes.max();
      if (max >= kLowest && max <= kSafe)
        CHECK(same_sums(sums, passes.sums(nullptr, false, nullptr)));
    }
  }
}

TEST(passes_of_whole_rows_take_all_but_rare_ones) {
  Rng rng(seed() + 3);
  for (size_t i = 0; i < cases(3000); ++i) {
    const size_t n = 1 + rng.below(i % 8 != 0 ? 70 : kBlock), count = 1 + rng.below(40);
    Row x(n * count);
    for (size_t r = 0; r < count; ++r)
      kOrdinary[rng.below(16) != 0 ? rng.below(4) : 5].fill(x.data() + r * n, n, rng);
    const Input in{x.data(), 1, 0, 0, Input::kPlain};
    for (const Isa isa : runnable_isas()) {
      const Note note(show("rows of ") + isa_row(isa).name + ", n " + show(n));
      Row y(n * count, -1.0f);
      const size_t stop = kernels_for(isa)->rows(in, y.data(), count, n);
      for (size_t r = 0; r < count; ++r) {
        const Row expected = r < stop ? row_by_passes(x.data() + r * n, n) : Row(n, -1.0f);
        CHECK(same_bits(y.data() + r * n, expected.data(), n));
      }
      if (stop == count) continue;
      const float max = kKernels_scalar.max({x.data() + stop * n, 1, 0, 0, Input::kPlain}, n);
      CHECK(!(max >= kLowest && max <= kSafe));
    }
  }
}

// Input and output end at one guard page or begin at the other, at all sixteen alignments.
TEST(passes_stay_inside_their_buffers) {
  constexpr size_t kMost = 1024, kRoom = kMost + 16;
  Rng rng(seed() + 4);
  GuardedBuffer<float> x_end(kRoom, Flush::kEnd), x_start(kRoom, Flush::kStart);
  GuardedBuffer<float> y_end(kRoom, Flush::kEnd), y_start(kRoom, Flush::kStart);
  Row data(kMost), expected(kMost);
  const Row untouched(kRoom, -1.0f);
  kOrdinary[1].fill(data.data(), kMost, rng);

  const auto check = [&](Isa isa, const Plan& plan, size_t n, bool at_end, size_t offset) {
    const size_t at = at_end ? kRoom - n : offset;
    float* x = (at_end ? x_end : x_start).data();
    float* y = (at_end ? y_end : y_start).data();
    memcpy(x + at, data.data(), n * sizeof(float));
    memcpy(y, untouched.data(), kRoom * sizeof(float));
    run(isa, plan, {x + at, y + at, 1, n, 1, 1.0f, false});
    CHECK(same_bits(y + at, expected.data(), n));
    CHECK(same_bits(x + at, data.data(), n));
    CHECK(same_bits(y, untouched.data(), at));
    CHECK(same_bits(y + at + n, untouched.data(), kRoom - at - n));
    run(isa, plan, {x + at, x + at, 1, n, 1, 1.0f, false});
    CHECK(same_bits(x + at, expected.data(), n));
  };
  for (size_t n = 0; n <= kMost; ++n) {
    run(Isa::kScalar, kDefinition, {data.data(), expected.data(), 1, n, 1, 1.0f, false});
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : plans(n)) {
        const Note note(show_plan(isa, plan) + ", n " + show(n));
        check(isa, plan, n, true, 0);
        // Alignment is nothing to scalar code.
        for (size_t offset = 0; offset < (isa == Isa::kScalar ? 1 : 16); ++offset)
          check(isa, plan, n, false, offset);
      }
  }
}

}  // namespace
}  // namespace tps::test
