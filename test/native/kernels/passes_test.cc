// SPDX-License-Identifier: MIT
// Every kernel of every table that this processor can run, and every way to walk a row, against the
// scalar kernel: the same bits.
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
// Where two rows differ first, in words; "" if nowhere.
std::string difference(const float* got, const float* expected, size_t n) {
  if (same_bits(got, expected, n)) return "";
  size_t i = 0;
  while (to_bits(got[i]) == to_bits(expected[i])) ++i;
  std::ostringstream out;
  out << std::hex << to_bits(got[i]) << " instead of " << to_bits(expected[i]) << " at " << std::dec
      << i;
  return out.str();
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

size_t random_length(Rng& rng) {
  const uint64_t dice = rng.below(10000);
  if (dice < 9000) return 1 + rng.below(64);
  if (dice < 9950) return 65 + rng.below(192);
  if (dice < 9999) return 257 + rng.below(900);
  return 4000 + rng.below(20000);
}

float random_scale(Rng& rng) {
  constexpr float kScales[] = {0.7f, 1 / 0.3f, 1e-3f, 100.0f, 1e30f, 1e-37f, 1e-40f, FLT_MAX};
  return rng.below(3) != 0 ? 1.0f : kScales[rng.below(8)];
}

const Logits& random_kind(Rng& rng) {
  constexpr size_t kKinds = std::size(kOrdinary), kAll = kKinds + std::size(kHostile);
  const size_t kind = rng.below(kAll);
  return kind < kKinds ? kOrdinary[kind] : kHostile[kind - kKinds];
}

// A batch of rows, and what the definition makes of it.
struct Batch {
  size_t count, n;
  float scale;
  bool zeros;
  Row x, expected;

  Batch(size_t rows, size_t length, Rng& rng, const Logits* only = nullptr)
      : count(rows), n(length), scale(random_scale(rng)), zeros(rng.below(2) != 0) {
    x.resize(rows * n);
    expected.resize(rows * n);
    // Of two kinds, as one row out of range sends all that are taken at once another way.
    const Logits* one = only != nullptr ? only : &random_kind(rng);
    const Logits* other = only != nullptr ? only : &random_kind(rng);
    for (size_t r = 0; r < rows; ++r)
      (rng.below(2) != 0 ? one : other)->fill(x.data() + r * n, n, rng);
    run(Isa::kScalar, kDefinition, {x.data(), expected.data(), count, n, 1, scale, zeros});
  }
};

void check_plan(const Batch& batch, Isa isa, const Plan& plan, size_t misalign, Row& y) {
  const Note note(show_plan(isa, plan));
  const size_t size = batch.x.size();
  y.assign(size + 16, -1.0f);
  float* out = y.data() + misalign;
  run(isa, plan, {batch.x.data(), out, batch.count, batch.n, 1, batch.scale, batch.zeros});
  CHECK_EQ(difference(out, batch.expected.data(), size), "");
  memcpy(out, batch.x.data(), size * sizeof(float));
  run(isa, plan, {out, out, batch.count, batch.n, 1, batch.scale, batch.zeros});
  const Note in_place("in place");
  CHECK_EQ(difference(out, batch.expected.data(), size), "");
}

// The rows as columns, of two matrices where their number is even.
void check_inner_axis(const Batch& batch, Isa isa, const Plan& plan) {
  const Note note(show_plan(isa, plan) + " along an inner axis");
  const size_t n = batch.n, outer = 2 - batch.count % 2, inner = batch.count / outer;
  Row x(batch.x.size()), y(x.size()), rows(x.size());
  const auto transpose = [&](const float* from, float* to, bool back) {
    for (size_t o = 0; o < outer; ++o)
      for (size_t k = 0; k < inner; ++k)
        for (size_t i = 0; i < n; ++i) {
          const size_t row = (o * inner + k) * n + i, column = (o * n + i) * inner + k;
          to[back ? row : column] = from[back ? column : row];
        }
  };
  transpose(batch.x.data(), x.data(), false);
  run(isa, plan, {x.data(), y.data(), outer, n, inner, batch.scale, batch.zeros});
  transpose(y.data(), rows.data(), true);
  CHECK_EQ(difference(rows.data(), batch.expected.data(), rows.size()), "");
}

TEST(passes_of_every_plan_have_the_bits_of_scalar) {
  const size_t wanted = cases(1000000);
  Rng rng(seed());
  const std::vector<Isa> isas = runnable_isas();
  Row y;
  size_t batches = 0;
  for (size_t rows = 0; rows < wanted; ++batches) {
    const size_t n = random_length(rng);
    const bool together = n <= 64 || (n <= 700 && rng.below(4) == 0);  // sixteen rows and more
    const Batch batch(1 + rng.below(together ? 80 : n <= 1000 ? 6 : 2), n, rng);
    const Note note("batch " + show(batches) + ", rows " + show(batch.count) + " of " + show(n));
    for (const Isa isa : isas) {
      const std::vector<Plan> all = plans(n);
      // Scalar is slow: one plan a batch.
      const size_t only = rng.below(all.size());
      for (size_t p = 0; p < all.size(); ++p)
        if (isa != Isa::kScalar || p == only) check_plan(batch, isa, all[p], rng.below(16), y);
      if (rng.below(4) == 0) check_inner_axis(batch, isa, all[only]);
    }
    rows += batch.count;
  }
}

// What the windows of a row's blocks are may differ in every way.
TEST(passes_of_blocks_apart_have_the_bits_of_scalar) {
  const auto* const apart = std::find_if(std::begin(kHostile), std::end(kHostile), [](auto& kind) {
    return kind.name == std::string("blocks apart");
  });
  Rng rng(seed() + 5);
  Row y;
  for (size_t i = 0; i < cases(8000); ++i) {
    const size_t n = 1025 + rng.below(4000);
    const Batch batch(1, n, rng, apart);
    const Note note("row " + show(i) + " of " + show(n));
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : plans(n))
        if (isa != Isa::kScalar) check_plan(batch, isa, plan, rng.below(16), y);
  }
}

// One float more or less as the least that stays shows in one row of some sixty.
TEST(passes_at_the_least_result_have_the_bits_of_scalar) {
  Rng rng(seed() + 6);
  Row y;
  for (size_t i = 0; i < cases(60000); ++i) {
    const size_t n = 16 + rng.below(48);
    const Batch batch(16, n, rng, &kHostile[0]);
    const Note note("batch " + show(i) + " of " + show(n));
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : plans(n))
        if (isa != Isa::kScalar && plan.form == Form::kRows) check_plan(batch, isa, plan, 0, y);
  }
}

TEST(passes_by_threads_have_the_bits_of_scalar) {
  Rng rng(seed() + 1);
  Row y;
  for (const size_t n : {700, 8193, 24576, 24577, 70001}) {
    for (int round = 0; round < 3; ++round) {
      const Batch batch(1 + rng.below(n < 1000 ? 40 : 3), n, rng);
      const Note note("round " + show(round) + ", rows " + show(batch.count) + " of " + show(n));
      for (const Isa isa : runnable_isas()) {
        const std::vector<Plan> all = threaded_plans(n);
        const size_t only = rng.below(all.size());
        for (size_t p = 0; p < all.size(); ++p)
          if (isa != Isa::kScalar || p == only) check_plan(batch, isa, all[p], rng.below(16), y);
        check_inner_axis(batch, isa, all[only]);
      }
    }
  }
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
