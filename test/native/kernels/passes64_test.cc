// SPDX-License-Identifier: MIT
// The float64 kernels of every table, and every way to walk such rows, against scalar: the same
// bits, and nothing touched beside the rows.
#include "native/kernels/fold64.h"

#include "../forms.h"
#include "../logits64.h"

namespace tps::test {
namespace {

using Row = std::vector<double>;
constexpr size_t kKinds = std::size(kLogits64);

bool same_bits(const double* a, const double* b, size_t n) {
  return n == 0 || memcmp(a, b, n * sizeof(double)) == 0;
}
// The bits of a NaN are promised of results only.
bool same_values(double a, double b) { return bits_of(a) == bits_of(b) || (a != a && b != b); }
bool same_values(const double* a, const double* b, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!same_values(a[i], b[i])) return false;
  return true;
}

size_t random_length(Rng& rng) {
  const uint64_t dice = rng.below(100);
  return dice < 70 ? 1 + rng.below(40) : dice < 95 ? 41 + rng.below(300) : 900 + rng.below(4000);
}

double random_scale(Rng& rng) {
  constexpr double kScales[] = {0.7, 1 / 0.3, 1e-3, 100, 1e300, 1e-300, 1e-310, DBL_MAX};
  return rng.below(3) != 0 ? 1 : kScales[rng.below(std::size(kScales))];
}

// Rows, and what the definition makes of them.
struct Rows {
  size_t count, n;
  double scale;
  bool zeros;
  Row x, expected;

  Rows(size_t rows, size_t length, Rng& rng)
      : count(rows), n(length), scale(random_scale(rng)), zeros(rng.below(2) != 0) {
    for (size_t r = 0; r < rows; ++r) {
      const Row row = row64(rng.below(kKinds), n, rng);
      x.insert(x.end(), row.begin(), row.end());
    }
    expected.resize(x.size());
    run<double>(Isa::kScalar, kDefinition, {x.data(), expected.data(), count, n, 1, scale, zeros});
  }
};

void check_plan(const Rows& rows, Isa isa, const Plan& plan, Flush flush, size_t offset) {
  const Note note(show_plan(isa, plan));
  const size_t size = rows.x.size();
  GuardedBuffer<double> x(size, flush, offset), y(size, flush, offset);
  memcpy(x.data(), rows.x.data(), size * sizeof(double));
  run<double>(isa, plan, {x.data(), y.data(), rows.count, rows.n, 1, rows.scale, rows.zeros});
  CHECK(same_bits(y.data(), rows.expected.data(), size));
  CHECK(same_bits(x.data(), rows.x.data(), size));
  run<double>(isa, plan, {x.data(), x.data(), rows.count, rows.n, 1, rows.scale, rows.zeros});
  const Note in_place("in place");
  CHECK(same_bits(x.data(), rows.expected.data(), size));
  CHECK(x.canaries_live() && y.canaries_live());
}

TEST(passes64_of_every_plan_have_the_bits_of_scalar) {
  Rng rng(seed());
  for (size_t i = 0; i < cases(2500); ++i) {
    const size_t n = random_length(rng);
    const Rows rows(1 + rng.below(n < 100 ? 20 : 3), n, rng);
    const Note note("case " + show(i) + ", rows " + show(rows.count) + " of " + show(n));
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : plans(n))
        check_plan(rows, isa, plan, rng.below(2) != 0 ? Flush::kStart : Flush::kEnd, rng.below(9));
  }
}

TEST(passes64_by_threads_have_the_bits_of_scalar) {
  Rng rng(seed() + 1);
  for (const size_t n : {700, 8193, 24577, 70001}) {
    const Rows rows(1 + rng.below(n < 1000 ? 40 : 3), n, rng);
    const Note note("rows " + show(rows.count) + " of " + show(n));
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : threaded_plans(n))
        if (isa == best_isa(host_cpu()) || rng.below(8) == 0)
          check_plan(rows, isa, plan, Flush::kEnd, 0);
  }
}

// One table's passes over one row, between guard pages, against scalar's.
void check_table(const Kernels64& kernels, const Input64& in, size_t n, Flush flush,
                 size_t offset) {
  const Kernels64& scalar = kKernels_scalar.float64;
  const size_t count = (n + kBlock64 - 1) / kBlock64, bytes = n * sizeof(double);
  GuardedBuffer<double> x(n, flush, offset), y(n, flush, offset);
  memcpy(x.data(), in.x, bytes);
  Input64 guarded = in;
  guarded.x = x.data();
  const double max = scalar.max(in, n);
  CHECK_EQ(kernels.max(guarded, n), max);

  Row v(n);
  std::vector<BlockSum64> blocks(count), got(count);
  for (const double* known : {static_cast<const double*>(nullptr), &max}) {
    scalar.sum_exp(in, n, v.data(), blocks.data(), known);
    for (const bool stored : {false, true}) {
      kernels.sum_exp(guarded, n, stored ? y.data() : nullptr, got.data(), known);
      for (size_t b = 0; b < count; ++b) {
        CHECK(same_values(got[b].sum, blocks[b].sum));
        CHECK(blocks[b].sum != blocks[b].sum || same_values(got[b].low, blocks[b].low));
        CHECK_EQ(got[b].exponent, blocks[b].exponent);
        CHECK_EQ(got[b].max, blocks[b].max);
      }
    }
    CHECK(same_values(y.data(), v.data(), n));
    const RowSum64 sum = fold(blocks.data(), count);
    if (sum.mantissa != sum.mantissa) continue;
    const Normalizer64 norm = normalizer(sum);
    Row expected(n);
    scalar.scale_exp(in, expected.data(), n, norm, false);
    scalar.scale(v.data(), n, blocks.data(), norm);
    CHECK(same_bits(v.data(), expected.data(), n));
    kernels.scale(y.data(), n, blocks.data(), norm);
    CHECK(same_bits(y.data(), expected.data(), n));
    for (const bool streaming : {false, true}) {
      kernels.scale_exp(guarded, y.data(), n, norm, streaming);
      CHECK(same_bits(y.data(), expected.data(), n));
    }
  }
  CHECK(memcmp(x.data(), in.x, bytes) == 0);
  CHECK(x.canaries_live() && y.canaries_live());
}

TEST(passes64_of_every_table_have_the_bits_of_scalar) {
  Rng rng(seed() + 2);
  for (size_t i = 0; i < cases(2000); ++i) {
    const size_t n = random_length(rng);
    const Row x = row64(rng.below(kKinds), n, rng);
    Input64 in{x.data(), rng.below(2) != 0 ? 1 : 0.7, 0, 0};
    if (rng.below(3) == 0) {
      const double max = kKernels_scalar.float64.max(in, n);
      (rng.below(2) != 0 ? in.after : in.before) = max - max == 0 ? max : 3;
    }
    const double highest = kKernels_scalar.float64.max(in, n);
    if (!(highest >= kLowest64 && highest <= kSafe64)) continue;
    const Note note("case " + show(i) + ", n " + show(n));
    for (const Isa isa : runnable_isas())
      check_table(kernels_for(isa)->float64, in, n, rng.below(2) != 0 ? Flush::kStart : Flush::kEnd,
                  rng.below(9));
  }
}

// Rows in one call: the first that is out of range is named, and nothing is written from there on.
TEST(passes64_stop_at_a_row_out_of_range) {
  Rng rng(seed() + 3);
  for (const Isa isa : runnable_isas())
    for (const double bad : {65537.0, -64001.0, HUGE_VAL}) {
      const size_t n = 11, count = 6, at = rng.below(count);
      Row x(n * count, -70000), y(n * count, 7);
      for (size_t r = 0; r < count; ++r) x[r * n + r] = r == at ? bad : 1;
      const Input64 in{x.data(), 1, 0, 0};
      CHECK_EQ(kernels_for(isa)->float64.rows(in, y.data(), count, n), at);
      for (size_t i = 0; i < y.size(); ++i)
        CHECK_EQ(y[i], i >= at * n ? 7.0 : i % n == i / n ? 1.0 : 0.0);
    }
}

}  // namespace
}  // namespace tps::test
