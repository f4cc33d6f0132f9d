// SPDX-License-Identifier: MIT
// Whole rows against the reference: what DESIGN section 3 promises of results. plans_test.cc shows
// that all isas and plans agree, so the fastest isa speaks for them.
#include "native/softmax.h"

#include <algorithm>

#include "buffers.h"
#include "forms.h"
#include "logits.h"
#include "native/kernels/fold.h"
#include "reference.h"

namespace tps::test {
namespace {

constexpr double kUlps = 3, kSummationUlps = 0.1, kSumToOne = 3e-7;

struct Worst {
  double ulps = 0, summation = 0, sum = 0;
};
double largest(double a, double b) { return b > a || b != b ? b : a; }

// By how much the sum is off, in ULP of a float result, given the exponentials as they are stored.
double summation_error(const Kernels& kernels, const std::vector<float>& z) {
  const size_t n = z.size();
  std::vector<float> v(n);
  std::vector<BlockSum> blocks((n + kBlock - 1) / kBlock);
  const Input in{z.data(), 1, 0, 0, Input::kPlain};
  kernels.sum_exp(in, n, v.data(), blocks.data(), nullptr);
  const RowSum sum = fold(blocks.data(), blocks.size());
  Dd exact = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    const int down = blocks[i / kBlock].exponent - sum.exponent - kHeadroom;
    if (down > -1000) exact = exact + Dd{ldexp(double{v[i]}, down), 0};
  }
  exact = exact / kScale;
  return fabs(((exact.hi - sum.mantissa) + exact.lo) / exact.hi) * 0x1p24;
}

void check_row(const std::vector<float>& x, float scale, Worst* worst) {
  const size_t n = x.size();
  const Isa isa = best_isa(host_cpu());
  std::vector<float> y(n), input = x;
  run(isa, {n <= kBlock ? Form::kRows : Form::kRecompute, n > 4 * kBlock, 1, false},
      {input.data(), y.data(), 1, n, 1, scale, false});
  CHECK(memcmp(input.data(), x.data(), n * sizeof(float)) == 0);

  const std::vector<float> z = scaled_logits(x.data(), n, scale);
  const Reference reference(z);
  Dd total = {0, 0};
  double ulp = 0;
  for (size_t i = 0; i < n; ++i) {
    const double exact = reference.probability(i);
    total = total + Dd{y[i], 0};
    // Zero or normal, and never -0; beside the threshold both will do.
    const bool zero = to_bits(y[i]) == 0, normal = y[i] >= FLT_MIN && y[i] <= 1;
    if (!zero && !normal) fail(__FILE__, __LINE__, "a result of " + show(y[i]));
    if (zero && exact < FLT_MIN * (1 + kUlps * FLT_EPSILON)) continue;
    ulp = largest(ulp, ulps(y[i], exact));
  }
  const double sum = fabs((total.hi - 1) + total.lo);
  CHECK(ulp <= kUlps);
  CHECK(sum <= kSumToOne);
  worst->ulps = largest(worst->ulps, ulp);
  worst->sum = largest(worst->sum, sum);
  float max = z[0];
  for (const float v : z) max = v > max ? v : max;
  if (max < kLowest || max > kSafe) return;
  const double summation = summation_error(*kernels_for(isa), z);
  CHECK(summation <= kSummationUlps);
  worst->summation = largest(worst->summation, summation);
}

struct Length {
  size_t n;
  int rows;
};

void check_lengths(const std::vector<Length>& lengths, Rng& rng) {
  constexpr float kScales[] = {1, 1, 0.7f, 1 / 0.3f, 1e-3f, 0.01f, 50};
  for (const auto& [n, rows] : lengths) {
    Worst worst;
    for (const Logits& logits : kOrdinary)
      for (int r = 0; r < rows; ++r) {
        std::vector<float> x(n);
        logits.fill(x.data(), n, rng);
        const float scale = rows == 1 ? 1 : kScales[rng.below(std::size(kScales))];
        const Note note(show(logits.name) + ", n " + show(n) + ", scale " + show(scale));
        check_row(x, scale, &worst);
      }
    printf("  n %zu: %.3f ULP, summation %.6f, sum - 1 %.1e\n", n, worst.ulps, worst.summation,
           worst.sum);
    fflush(stdout);
  }
}

TEST(softmax_is_within_its_bounds) {
  Rng rng(seed());
  check_lengths({{1, 50},
                 {2, 3000},
                 {3, 2000},
                 {10, 500},
                 {17, 500},
                 {100, 100},
                 {1000, 20},
                 {1024, 20},
                 {1025, 20},
                 {10000, 4},
                 {65536, 2},
                 {151936, 1},
                 {size_t{1} << 20, 1}},
                rng);
  if (!exhaustive()) return;
  check_lengths({{2, 1000000}, {1000, 10000}, {size_t{1} << 24, 1}, {size_t{1} << 27, 1}}, rng);
}

TEST(softmax_of_the_longest_rows) {
  if (!exhaustive()) return;
  Rng rng(seed());
  for (const size_t kind : {0, 2, 4}) {  // N(0,1), N(0,30), all equal
    Worst worst;
    std::vector<float> x(size_t{1} << 28);
    kOrdinary[kind].fill(x.data(), x.size(), rng);
    const Note note(kOrdinary[kind].name);
    check_row(x, 1, &worst);
    printf("  n 2^28, %s: %.3f ULP, summation %.6f, sum - 1 %.1e\n", kOrdinary[kind].name,
           worst.ulps, worst.summation, worst.sum);
    fflush(stdout);
  }
}

// Temperatures at the ends: products that overflow, reciprocals that are subnormal.
TEST(softmax_of_extreme_temperatures) {
  Rng rng(seed());
  Worst worst;
  for (const float scale :
       {FLT_MAX, 1e38f, 1e30f, 1e10f, 1e-10f, 1e-30f, FLT_MIN, 0x1p-127f, 2.9387359e-39f}) {
    const Note note("scale " + show(scale));
    for (const double span : {1e-44, 1e-38, 1e-30, 1e-8, 1.0, 1e8, 1e30, 3.4e38})
      for (const size_t n : {2, 7, 40, 300, 3000})
        for (int r = 0; r < 8; ++r) {
          std::vector<float> x(n);
          fill_each(x.data(), n, [&](size_t) {
            return rng.below(8) == 0 ? -HUGE_VAL : span * rng.uniform(-1, 1);
          });
          x[rng.below(n)] = static_cast<float>(span * rng.uniform(-1, 1));
          const Note at("span " + show(span) + ", n " + show(n));
          check_row(x, scale, &worst);
        }
  }
  CHECK(worst.ulps > 0.5);
}

// Rows found by search, `copies` times z and once `other`: the errors of both exponentials, of the
// reciprocal and of the last product all point one way. The sum of their bounds is just above 3.
TEST(softmax_of_adverse_rows) {
  struct Adverse {
    size_t copies;
    float z, other;
  };
  constexpr Adverse kAdverse[] = {{1, 0x1.e2b602p+2f, -0x1.7f486ep+5f},
                                  {2, 0x1.e2b602p+2f, -0x1.be495p+3f},
                                  {5, 0x1.38b122p-1f, -0x1.def728p+2f},
                                  {16, -0x1.8a6ce8p-1f, -0x1.67df56p+2f},
                                  {256, -0x1.4a4c74p-4f, -0x1.6814fap+2f}};
  Worst worst;
  for (const auto& [copies, z, other] : kAdverse) {
    const Note note(show(copies) + " times " + show(z));
    std::vector<float> x(copies, z);
    x.push_back(other);
    check_row(x, 1, &worst);
  }
  printf("  adverse rows: %.4f ULP\n", worst.ulps);
}

TEST(softmax_keeps_order_and_ties) {
  Rng rng(seed());
  for (int i = 0; i < 4000; ++i) {
    const size_t n = 2 + rng.below(i % 20 != 0 ? 100 : 5000);
    std::vector<float> x(n), y(n);
    kOrdinary[rng.below(std::size(kOrdinary))].fill(x.data(), n, rng);
    for (size_t k = 0; k < n; ++k)  // neighbours and equals
      if (rng.below(2) != 0) x[k] = nextafterf(x[rng.below(n)], rng.below(2) != 0 ? 1e9f : -1e9f);
    run(best_isa(host_cpu()), plans(n)[rng.below(plans(n).size())],
        {x.data(), y.data(), 1, n, 1, 1.0f, false});
    std::vector<size_t> order(n);
    for (size_t k = 0; k < n; ++k) order[k] = k;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] < x[b]; });
    for (size_t k = 1; k < n; ++k) {
      const size_t a = order[k - 1], b = order[k];
      CHECK(x[a] == x[b] ? to_bits(y[a]) == to_bits(y[b]) : y[a] <= y[b]);
    }
  }
}

}  // namespace
}  // namespace tps::test
