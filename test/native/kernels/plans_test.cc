// SPDX-License-Identifier: MIT
// Every way to walk a row, in every isa that this processor can run, against the definition: the
// same bits.
#include <algorithm>

#include "../buffers.h"
#include "../forms.h"
#include "../logits.h"

namespace tps::test {
namespace {

using Row = std::vector<float>;

// Where two rows differ first, in words; "" if nowhere.
std::string difference(const float* got, const float* expected, size_t n) {
  if (n == 0 || memcmp(got, expected, n * sizeof(float)) == 0) return "";
  size_t i = 0;
  while (to_bits(got[i]) == to_bits(expected[i])) ++i;
  std::ostringstream out;
  out << std::hex << to_bits(got[i]) << " instead of " << to_bits(expected[i]) << " at " << std::dec
      << i;
  return out.str();
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

}  // namespace
}  // namespace tps::test
