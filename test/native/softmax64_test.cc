// SPDX-License-Identifier: MIT
// Rows of float64 against the reference; kernels/passes64_test.cc shows that all isas and plans
// agree, so the fastest isa speaks for them.
#include "forms.h"
#include "logits64.h"
#include "reference64.h"

namespace tps::test {
namespace {

constexpr double kUlps = 3;

double check_row(const std::vector<double>& x, double scale) {
  const size_t n = x.size();
  std::vector<double> y(n);
  const Plan plan = {n <= kBlock ? Form::kRows : Form::kRecompute, n > 4 * kBlock, 1, false};
  run<double>(best_isa(host_cpu()), plan, {x.data(), y.data(), 1, n, 1, scale, false});
  const Reference64 reference(scaled_logits(x.data(), n, scale));
  Dd total = {0, 0};
  double worst = 0;
  for (size_t i = 0; i < n; ++i) {
    const Parts exact = reference.probability(i);
    total = total + Dd{y[i], 0};
    const bool zero = bits_of(y[i]) == 0, normal = y[i] >= DBL_MIN && y[i] <= 1;
    if (!zero && !normal) fail(__FILE__, __LINE__, "a result of " + show(y[i]));
    const double lost = ldexp(exact.fraction.hi, exact.exponent + 1022);
    if (zero && lost < 1 + kUlps * DBL_EPSILON) continue;
    const double off = ulps(y[i], exact);
    if (!(off <= worst)) worst = off;
  }
  CHECK(worst <= kUlps);
  CHECK(fabs((total.hi - 1) + total.lo) <= 1e-15);
  return worst;
}

TEST(softmax64_is_within_its_bound) {
  constexpr double kScales[] = {1, 1, 0.7, 1 / 0.3, 1e-3, 50};
  Rng rng(seed());
  const struct {
    size_t n;
    int rows;
  } lengths[] = {{1, 20},   {2, 1000}, {3, 500},   {10, 100},   {17, 100},   {100, 30},
                 {1000, 5}, {1025, 5}, {10000, 1}, {151936, 1}, {1000003, 1}};
  for (const auto& [n, rows] : lengths) {
    double worst = 0;
    if (n > 200000 && !exhaustive()) continue;
    for (size_t kind = 0; kind < kFinite64; ++kind)
      for (int r = 0; r < rows; ++r) {
        const double scale = kScales[rng.below(std::size(kScales))];
        const Note note(std::string(kLogits64[kind].name) + ", n " + show(n) + ", scale " +
                        show(scale));
        worst = fmax(worst, check_row(row64(kind, n, rng), scale));
      }
    printf("  n %zu: %.3f ULP\n", n, worst);
  }
}

// Temperatures at the ends: products that overflow, reciprocals that are subnormal.
TEST(softmax64_of_extreme_temperatures) {
  Rng rng(seed());
  for (const double scale : {DBL_MAX, 1e300, 1e100, 1e-100, DBL_MIN, 0x1p-1024, 1e-310})
    for (const double span : {1e-320, 1e-300, 1e-8, 1.0, 1e8, 1e150, 1.7e308})
      for (const size_t n : {2, 9, 300, 3000}) {
        std::vector<double> x(n);
        for (double& v : x) v = rng.below(8) == 0 ? -HUGE_VAL : span * rng.uniform(-1, 1);
        x[rng.below(n)] = span * rng.uniform(-1, 1);
        const Note note("scale " + show(scale) + ", span " + show(span) + ", n " + show(n));
        check_row(x, scale);
      }
}

// The sum of many equal terms, of alternating sizes, and of terms that only count together.
TEST(softmax64_sums_do_not_drift) {
  const size_t n = exhaustive() ? size_t{1} << 27 : size_t{1} << 19;
  std::vector<double> x(n, 0.1), y(n);
  const auto off = [&](Dd sum) {
    run<double>(best_isa(host_cpu()), {Form::kRecompute, true, 1, false},
                {x.data(), y.data(), 1, n, 1, 1, false});
    return ulps(y[0], Dd{1, 0} / sum);
  };
  CHECK(off({static_cast<double>(n), 0}) < 1.5);
  for (size_t i = 1; i < n; ++i) x[i] = 0.1 - 40;
  CHECK(off(Dd{1, 0} + exp(two_sum(0.1 - 40, -0.1)) * Dd{static_cast<double>(n - 1), 0}) < 1.5);
}

TEST(softmax64_keeps_order_and_ties) {
  Rng rng(seed());
  for (size_t i = 0; i < cases(2000); ++i) {
    const size_t n = 2 + rng.below(i % 20 != 0 ? 100 : 3000);
    std::vector<double> x = row64(rng.below(kFinite64), n, rng), y(n);
    for (size_t k = 0; k < n; ++k)  // neighbours and equals
      if (rng.below(2) != 0) x[k] = nextafter(x[rng.below(n)], rng.below(2) != 0 ? 1e9 : -1e9);
    run<double>(best_isa(host_cpu()), plans(n)[rng.below(plans(n).size())],
                {x.data(), y.data(), 1, n, 1, 1, false});
    for (size_t k = 1; k < n; ++k) {
      const size_t a = rng.below(n);
      CHECK(x[a] == x[k]  ? bits_of(y[a]) == bits_of(y[k])
            : x[a] < x[k] ? y[a] <= y[k]
                          : y[a] >= y[k]);
    }
  }
}

// Every isa and plan, in a batch: what a special value makes of its row, and of no other.
TEST(softmax64_special_values) {
  constexpr double kInf = HUGE_VAL;
  const uint64_t nan = 0x7ff8000000000000;
  for (const size_t n : {1, 2, 7, 8, 9, 40, 1024, 1025, 5000})
    for (const size_t at : {size_t{0}, n / 2, n - 1})
      for (const bool zeros : {false, true}) {
        const auto row = [&](double value, double rest) {
          std::vector<double> x(n, rest);
          x[at] = value;
          return x;
        };
        const auto check = [&](const std::vector<double>& x, double scale, auto expected) {
          for (const Isa isa : runnable_isas())
            for (const Plan& plan : plans(n)) {
              const Note note(show_plan(isa, plan) + ", n " + show(n) + ", " + show(x[at]) +
                              " among " + show(x[at == 0 ? n - 1 : 0]));
              std::vector<double> rows(3 * n, 0), y(3 * n);
              memcpy(&rows[n], x.data(), n * sizeof(double));
              run<double>(isa, plan, {rows.data(), y.data(), 3, n, 1, scale, zeros});
              for (size_t i = 0; i < n; ++i) {
                CHECK_EQ(bits_of(y[n + i]), expected(i));
                CHECK_EQ(y[i] + y[2 * n + i], 2.0 / static_cast<double>(n));
              }
            }
        };
        const auto all = [](uint64_t bits) { return [bits](size_t) { return bits; }; };
        const auto only = [&](size_t i) { return i == at ? bits_of(1) : 0; };
        const uint64_t equal = bits_of(1 / static_cast<double>(n));
        check(row(from_bits64(0xfff8000000001234), 1), 1, all(nan));
        check(row(from_bits64(0x7ff0000000000001), -kInf), 1, all(nan));
        check(row(kInf, 1), 1, all(nan));
        check(row(kInf, -kInf), 0.5, all(nan));
        check(row(-kInf, -kInf), 1, all(zeros ? 0 : nan));
        check(row(-kInf, -kInf), 1e300, all(zeros ? 0 : nan));
        for (const double finite : {DBL_MAX, -DBL_MAX, 65537.0, -64001.0, 0.0})
          check(row(finite, -kInf), 1, only);
        for (const double high : {DBL_MAX, 1e30, 70000.0}) check(row(high, -800), 1, only);
        for (const double same : {DBL_MAX, -DBL_MAX, -65537.0, 1e6, 0.0}) {
          check(row(same, same), 1, all(equal));
          check(row(same, same), 1e10, all(equal));
        }
        check(row(1.7e308, 1.6e308), 1e10, only);
      }
}

// y = fl(m / S) * 2^k below 2^-1022 is 0; on every path, stored or recomputed.
TEST(softmax64_threshold) {
  Rng rng(seed());
  size_t zeros = 0, kept = 0;
  for (size_t i = 0; i < (exhaustive() ? 2000 : 20 + cases(40)); ++i) {
    std::vector<double> x(1300), y(x.size());
    for (double& v : x) v = -708.4 + ldexp(rng.uniform(-1, 1), -static_cast<int>(rng.below(45)));
    x[rng.below(x.size())] = 0;
    for (const Isa isa : runnable_isas())
      for (const Plan& plan : plans(x.size())) {
        run<double>(isa, plan, {x.data(), y.data(), 1, x.size(), 1, 1, false});
        const Reference64 reference(x);
        for (size_t k = 0; k < y.size(); k += 7) {
          const Parts exact = reference.probability(k);
          const double units = ldexp(exact.fraction.hi, exact.exponent + 1022);
          (y[k] == 0 ? zeros : kept) += 1;
          CHECK(y[k] == 0 ? units < 1 + 3 * DBL_EPSILON && !signbit(y[k])
                          : y[k] >= DBL_MIN && units > 1 - 3 * DBL_EPSILON);
        }
        if (isa == Isa::kScalar) break;
      }
  }
  CHECK(zeros > 100 && kept > 100);
}

}  // namespace
}  // namespace tps::test
