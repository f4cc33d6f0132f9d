// SPDX-License-Identifier: MIT
// The calls of family.h on float64 against double-double. dtypes_test.cc shows that all isas and
// layouts agree.
#include "native/family.h"

#include "forms.h"
#include "logits64.h"
#include "reference64.h"

namespace tps::test {
namespace {

using Row = std::vector<double>;
constexpr double kInf = HUGE_VAL;

Request request_of(const Row& x, Row* y) {
  Request request;
  request.dtype = request.output_dtype = Dtype::kFloat64;
  request.input = x.data();
  request.output = y != nullptr ? y->data() : nullptr;
  request.n = x.size();
  request.isa = best_isa(host_cpu());
  return request;
}
Row mapped(Status (*call)(const Request&) noexcept, const Row& x, double scale = 1) {
  Row y(x.size(), 7);
  Request request = request_of(x, &y);
  request.scale = scale;
  CHECK_EQ(call(request), Status::kOk);
  return y;
}
double valued(Status (*call)(const Request&, double*) noexcept, const Row& x, bool zeros = false) {
  double value = 7;
  Request request = request_of(x, nullptr);
  request.fully_masked_zeros = zeros;
  CHECK_EQ(call(request, &value), Status::kOk);
  return value;
}

struct Worst {
  double log = 0, entropy = 0, sum = 0;
};

void check_row(const Row& x, Worst* worst) {
  const Reference64 exact(x);
  const Dd log_sum = exact.log_sum(), entropy_of = exact.entropy();
  const Row y = mapped(log_softmax, x);
  for (size_t i = 0; i < x.size(); ++i) {
    const Dd want = two_sum(x[i], -exact.max) + log_sum * -1.0;
    CHECK(y[i] <= 0 && bits_of(y[i]) != bits_of(-0.0));
    if (x[i] == -kInf)
      CHECK_EQ(y[i], -kInf);
    else if (fabs(want.hi) < DBL_MIN)
      CHECK(y[i] == 0);
    else
      worst->log = fmax(worst->log, ulps(y[i], want));
  }
  const double h = valued(entropy, x);
  if (entropy_of.hi < 1e-300)
    CHECK(h >= 0 && h < 2e-300);
  else
    worst->entropy = fmax(worst->entropy, ulps(h, entropy_of));
  // The maximum and the logarithm may cancel: in units of the larger.
  const Dd sum = Dd{exact.max, 0} + log_sum;
  const double off = fabs((sum + Dd{-valued(log_sum_exp, x), 0}).hi);
  const double larger = fmax(fabs(exact.max), fmax(log_sum.hi, DBL_MIN / DBL_EPSILON));
  worst->sum = fmax(worst->sum, off / (larger * DBL_EPSILON));
}

TEST(family64_accuracy) {
  Rng rng(seed());
  Worst worst;
  for (size_t kind = 0; kind < kFinite64; ++kind)
    for (const size_t n : {1, 2, 3, 7, 8, 9, 40, 100, 1024, 1025, 5000})
      for (size_t r = 0; r < 1 + 40 / n; ++r) {
        const Note note(std::string(kLogits64[kind].name) + ", n " + show(n));
        check_row(row64(kind, n, rng), &worst);
      }
  // Two and three elements on a grid: across the place where the others are summed apart.
  for (size_t k = 0; k < cases(20000); ++k) {
    const double gap = static_cast<double>(k % 6000) / 60, base = static_cast<double>(k % 50);
    check_row(k % 2 == 0 ? Row{base, base - gap} : Row{base - 2 * gap, base, base - gap}, &worst);
    check_row({base, base - rng.uniform(0, 2)}, &worst);
  }
  printf("  logSoftmax %.3f, entropy %.3f, logSumExp %.3f ULP\n", worst.log, worst.entropy,
         worst.sum);
  CHECK(worst.log <= 3);
  CHECK(worst.entropy <= 3);
  CHECK(worst.sum <= 3);
}

TEST(family64_special_rows) {
  for (const size_t n : {1, 9, 1025, 3000}) {
    for (const size_t at : {size_t{0}, n - 1}) {
      const auto row = [&](double value, double rest) {
        Row x(n, rest);
        x[at] = value;
        return x;
      };
      const Row nan = row(kNone, 1), high = row(kInf, 1), masked = row(-kInf, -kInf);
      for (const auto& call : {log_softmax, stable_max})
        for (const Row& x : {nan, high, masked, row(kNone, kInf), row(kNone, -kInf)})
          for (const double y : mapped(call, x)) CHECK_EQ(bits_of(y), 0x7ff8000000000000);
      for (const Row& x : {nan, row(kNone, kInf)}) {
        CHECK(valued(log_sum_exp, x) != valued(log_sum_exp, x));
        CHECK(valued(entropy, x, true) != valued(entropy, x, true));
      }
      CHECK_EQ(valued(log_sum_exp, high), kInf);
      CHECK_EQ(valued(log_sum_exp, masked), -kInf);
      CHECK(valued(entropy, masked) != valued(entropy, masked));
      CHECK_EQ(bits_of(valued(entropy, masked, true)), 0);
      CHECK_EQ(valued(entropy, row(-1e308, -kInf)), 0.0);
      CHECK_EQ(valued(log_sum_exp, row(-1e308, -kInf)), -1e308);
      CHECK_EQ(valued(log_sum_exp, row(1e308, 1)), 1e308);
      double sum[2] = {7, 7};
      const auto sum_of = [&](const Row& x) {
        return sum_exp(request_of(x, nullptr), sum, sum + 1);
      };
      CHECK_EQ(sum_of(masked), Status::kOk);
      CHECK(sum[0] == 0 && sum[1] == 0);
      for (const Row& x : {nan, high}) {
        CHECK_EQ(sum_of(x), Status::kOk);
        CHECK(sum[0] != sum[0] && sum[1] == 0);
      }
      CHECK_EQ(sum_of(row(0x1.000001p31, 0)), Status::kLogitTooLarge);
      CHECK_EQ(sum_of(row(-0x1.000001p31, 0)), Status::kLogitTooLarge);
      CHECK_EQ(sum_of(row(-0x1p31, -kInf)), Status::kOk);
    }
  }
}

// The sum is the exact one, rounded once; and with it softmax_from has the bits of softmax.
TEST(family64_sums) {
  Rng rng(seed());
  for (size_t kind = 0; kind < kFinite64; ++kind)
    for (const size_t n : {1, 2, 9, 300, 1025, 4100}) {
      const Note note(std::string(kLogits64[kind].name) + ", n " + show(n));
      const Row x = row64(kind, n, rng);
      double mantissa, exponent;
      if (sum_exp(request_of(x, nullptr), &mantissa, &exponent) != Status::kOk) continue;
      Row y(n);
      CHECK_EQ(softmax_from(request_of(x, &y), &mantissa, &exponent), Status::kOk);
      CHECK(memcmp(y.data(), mapped(softmax, x).data(), n * sizeof(double)) == 0);
      const Reference64 exact(x);
      if (fabs(exact.max) > 65000) continue;
      const Parts peak = exp_parts({exact.max, 0});
      const Dd sum = peak.fraction * exact.sum();
      CHECK(mantissa >= 1 && mantissa < 2);
      CHECK(ulps(mantissa, {sum, peak.exponent - static_cast<int>(exponent)}) <= 1.2);
    }
}

double score(double z) { return z < 0 ? 1 / (1 - z) : 1 + z; }

TEST(family64_stable_max) {
  Rng rng(seed());
  double worst = 0;
  for (const double range : {1e-3, 10.0, 1e5, 1e200})
    for (const size_t n : {1, 2, 9, 300, 3000}) {
      Row x(n);
      for (double& v : x) v = rng.uniform(-range, range);
      const Row y = mapped(stable_max, x, 0.7);
      Dd sum = {0, 0};
      for (const double v : x) sum = sum + Dd{score(v * 0.7), 0};
      for (size_t i = 0; i < n; ++i)
        worst = fmax(worst, ulps(y[i], Dd{score(x[i] * 0.7), 0} / sum));
    }
  CHECK(worst <= 3);
  // Where z or the sum overflows, and where no score is above 2^-900.
  const auto near = [](const Row& got, const Row& expected) {
    for (size_t i = 0; i < got.size(); ++i) CHECK(ulps(got[i], Dd{expected[i], 0}) <= 3);
  };
  near(mapped(stable_max, {1.5e308, 0.5e308, -1, 0}), {0.75, 0.25, 0, 0});
  near(mapped(stable_max, {1.5e308, 0.5e308, -1e300, 3}, 1e200), {0.75, 0.25, 0, 0});
  near(mapped(stable_max, Row(5, 1.6e308), 1e308), Row(5, 0.2));
  near(mapped(stable_max, {-1.5e308, -0.5e308, -kInf}), {0.25, 0.75, 0});
  near(mapped(stable_max, {-1.5e308, -0.5e308}, 1e300), {0.25, 0.75});
  near(mapped(stable_max, {-1e308, -1.75e308}, 1.2), {1.75 / 2.75, 1 / 2.75});
  near(mapped(stable_max, {-1e290, -3e290, -1e308}), {0.75, 0.25, 7.5e-19});
  near(mapped(stable_max, {-1e308, 0}), {0, 1});
  near(mapped(stable_max, {-1e307, 0}), {1e-307, 1});
  CHECK_EQ(bits_of(mapped(stable_max, {-1e308, 1e300})[0]), 0);
}

}  // namespace
}  // namespace tps::test
