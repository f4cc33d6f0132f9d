// SPDX-License-Identifier: MIT
// The calls of family.h against their definitions in long double.
#include <algorithm>

#include "family_calls.h"

namespace tps::test {
namespace {

struct Exact {
  long double max = -HUGE_VALL, others = 0, log = 0, entropy = 0;
  explicit Exact(const Floats& z) {
    size_t count = 0;
    for (const float v : z) max = fmaxl(max, v);
    long double weighted = 0;
    for (const float v : z) {
      if (v == max) ++count;
      const long double e = expl(v - max);
      if (v < max) others += e;
      if (e > 0) weighted += e * (max - v);
    }
    log = log1pl(others + (count - 1.0L));
    entropy = log + weighted / (count + others);
  }
};

double ulps(float got, long double exact) {
  int exponent;
  frexpl(exact, &exponent);
  const int least = std::max(exponent, -125);
  if (isinf(got) && exact < -3.40282356e38L) return 0;
  return static_cast<double>(fabsl(got - exact) / ldexpl(1, least - 24));
}

void keep(double& worst, double value) {
  if (!(value <= worst)) worst = value;
}

TEST(family_accuracy) {
  Rng rng(seed());
  double log_worst = 0, entropy_worst = 0, sum_worst = 0;
  for (int sort = 0; sort < kSorts; ++sort) {
    for (const size_t n : kLengths) {
      const Note note(std::string("sort ") + show(sort) + ", n " + show(n));
      const Floats x = row_of(rng, n, sort);
      const Exact exact(x);
      if (isinf(exact.max)) continue;
      const Floats y = mapped(log_softmax, x);
      for (size_t i = 0; i < n; ++i) {
        CHECK(y[i] <= 0 && !(y[i] == 0 && signbit(y[i])));
        const long double want = (x[i] - exact.max) - exact.log;
        if (isinf(x[i]))
          CHECK_EQ(y[i], -kInf);
        else if (want > -0x1p-126L)
          CHECK(y[i] >= -0x1p-125f);
        else
          keep(log_worst, ulps(y[i], want));
      }
      const double h = valued(entropy, x);
      CHECK(h >= 0);
      if (exact.entropy > 0x1p-126L)
        keep(entropy_worst, static_cast<double>(fabsl(h / exact.entropy - 1)));
      else
        CHECK(h <= 0x1p-125);
      const double lse = valued(log_sum_exp, x);
      const long double rounding = fabsl(exact.max + exact.log) * 0x1p-52L;
      const long double error = fabsl(lse - (exact.max + exact.log));
      if (error > rounding) keep(sum_worst, static_cast<double>((error - rounding) / exact.log));
    }
  }
  CHECK(log_worst < 2);
  CHECK(entropy_worst < 2e-7);
  CHECK(sum_worst < 1e-7);
}

// Two and three elements on a grid: the largest probability from 1/3 to 1, across the place where
// the others are summed apart.
TEST(log_softmax_near_one) {
  double worst = 0;
  for (int k = 0; k < 200000; ++k) {
    const float gap = static_cast<float>(k) * (100.0f / 200000), base = static_cast<float>(k % 50);
    const Floats x =
        k % 2 == 0 ? Floats{base, base - gap} : Floats{base - 2 * gap, base, base - gap};
    const Exact exact(x);
    const Floats y = mapped(log_softmax, x);
    for (size_t i = 0; i < x.size(); ++i) {
      const long double want = (x[i] - exact.max) - exact.log;
      if (want < -0x1p-126L) keep(worst, ulps(y[i], want));
    }
  }
  CHECK(worst < 2);
  const Floats y = mapped(log_softmax, {20, 0, -1});
  CHECK(fabs(y[0] + 2.8194e-9) < 1e-13);
  // 2^20 terms far below the largest, each too small for a sum that knows the largest.
  Floats x((1 << 20) + 1, -91.9f);
  x[77777] = 0;
  CHECK(ulps(mapped(log_softmax, x)[77777], -log1pl(0x1p20L * expl(-91.9f))) < 2);
  CHECK_EQ(mapped(log_softmax, {0, -200})[0], 0.0f);
  CHECK(!signbit(mapped(log_softmax, {0, -200})[0]));
}

// A row that dominates: the entropy is that of the others, and none is lost.
TEST(entropy_near_zero) {
  for (const float gap : {1.0f, 5.0f, 20.0f, 60.0f, 85.0f}) {
    for (const float base : {0.0f, -300.0f, 64000.0f, 1e7f, -2e9f}) {
      Floats x{base, base - gap, -kInf};
      const Exact exact(x);
      const double h = valued(entropy, x);
      if (base - gap != base) CHECK(fabs(h / static_cast<double>(exact.entropy) - 1) < 3e-7);
    }
  }
  CHECK_EQ(valued(entropy, {5}), 0.0);
  CHECK_EQ(valued(entropy, {5, -kInf, -kInf}), 0.0);
  const double ln4 = log(4.0);
  CHECK(fabs(valued(entropy, {3e38f, 3e38f, 3e38f, 3e38f}) - ln4) < 1e-7);
}

TEST(stable_max_accuracy) {
  Rng rng(seed());
  double worst = 0;
  for (int sort = 0; sort < kSorts; ++sort) {
    for (const size_t n : kLengths) {
      for (const float scale : {1.0f, 0.7f, 30.0f}) {
        const Floats x = row_of(rng, n, sort);
        std::vector<long double> s(n);
        long double sum = 0;
        bool overflow = false;
        for (const float v : x) overflow |= isinf(v * scale) && !isinf(v) && v > 0;
        for (size_t i = 0; i < n; ++i) {
          const long double z = overflow ? static_cast<long double>(x[i]) * scale : x[i] * scale;
          s[i] = z >= 0 ? z + 1 : 1 / (1 - z);
          sum += s[i];
        }
        if (sum == 0) continue;
        const Floats y = mapped(stable_max, x, Isa::kScalar, scale);
        for (size_t i = 0; i < n; ++i) {
          if (s[i] / sum < 0x1p-126L)
            CHECK(y[i] <= 0x1p-126f);
          else
            keep(worst, ulps(y[i], s[i] / sum));
          CHECK(y[i] == 0 || y[i] >= 0x1p-126f);
        }
      }
    }
  }
  CHECK(worst < 0.6);
}

TEST(stable_max_has_no_subnormal_results) {
  for (const Isa isa : isas()) {
    CHECK(same_bits(mapped(stable_max, {-1e30f, 1e9f}, isa), {0, 1}));
    CHECK(mapped(stable_max, {-1e30f, 1e7f}, isa)[0] > 0);
  }
}

TEST(family_special_rows) {
  const Floats masked{-kInf, -kInf}, nan{0, kNan}, mixed{kInf, kNan, -kInf}, infinite{0, kInf};
  for (const Isa isa : isas()) {
    const Note note(isa_row(isa).name);
    for (const Floats& row : {masked, nan, mixed, infinite}) {
      for (const MapCall call : {MapCall{log_softmax}, MapCall{stable_max}})
        for (const float v : mapped(call, row, isa)) CHECK(isnan(v));
      CHECK(isnan(valued(entropy, row, isa)));
    }
    CHECK_EQ(valued(log_sum_exp, masked, isa), -HUGE_VAL);
    CHECK_EQ(valued(log_sum_exp, infinite, isa), HUGE_VAL);
    CHECK(isnan(valued(log_sum_exp, nan, isa)));
    CHECK(isnan(valued(log_sum_exp, mixed, isa)));
    CHECK_EQ(valued(log_sum_exp, {5}, isa), 5.0);
    CHECK_EQ(valued(log_sum_exp, {1e-40f}, isa), 0.0);
    const Floats far{3e38f};
    double beyond_float = 0;
    Request hot = request_of(far, nullptr, isa);
    hot.scale = 4;
    CHECK_EQ(log_sum_exp(hot, &beyond_float), Status::kOk);
    CHECK_EQ(beyond_float, 4 * double{3e38f});
    CHECK(summed(masked, isa) == (Sum{0, 0}));
    for (const Floats& row : {nan, mixed, infinite}) {
      CHECK(isnan(summed(row, isa).mantissa));
      CHECK_EQ(summed(row, isa).exponent, 0.0);
      for (const float v : from_sum(row, {NAN, 0}, isa)) CHECK(isnan(v));
    }
    for (const float v : from_sum({1, 2}, {0, 0}, isa)) CHECK(isnan(v));

    Floats y(2, 7);
    double value = 7, zero = 0;
    Request zeros = request_of(masked, &y, isa);
    zeros.fully_masked_zeros = true;
    CHECK_EQ(log_softmax(zeros), Status::kOk);
    CHECK(same_bits(y, {-kInf, -kInf}));
    CHECK_EQ(stable_max(zeros), Status::kOk);
    CHECK(same_bits(y, {0, 0}));
    y = {7, 7};
    CHECK_EQ(softmax_from(zeros, &zero, &zero), Status::kOk);
    CHECK(same_bits(y, {0, 0}));
    CHECK_EQ(entropy(zeros, &value), Status::kOk);
    CHECK_EQ(value, 0.0);
    zeros.input = nan.data();
    CHECK_EQ(entropy(zeros, &value), Status::kOk);
    CHECK(isnan(value));
    CHECK_EQ(log_softmax(zeros), Status::kOk);
    CHECK(isnan(y[0]) && isnan(y[1]));
  }
}

TEST(sum_exp_refuses_what_its_exponent_does_not_hold) {
  const float beyond = nextafterf(0x1p31f, kInf);
  Sum sum;
  for (const Isa isa : isas()) {
    for (const float v : {beyond, -beyond, 3.4e38f, -3.4e38f}) {
      for (const size_t n : {1, 20, 3000}) {
        Floats x(n, 1);
        x[n / 2] = v;
        const Request request = request_of(x, nullptr, isa);
        CHECK_EQ(sum_exp(request, &sum.mantissa, &sum.exponent), Status::kLogitTooLarge);
        Request cooler = request;
        cooler.scale = 0.5f;
        const Status expected = fabsf(v) > 3e9f ? Status::kLogitTooLarge : Status::kOk;
        CHECK_EQ(sum_exp(cooler, &sum.mantissa, &sum.exponent), expected);
      }
    }
    CHECK_EQ(summed({0x1p31f}, isa).exponent, 3098164009.0);
    CHECK_EQ(summed({-0x1p31f}, isa).exponent, -3098164010.0);
    CHECK(summed({0, -kInf}, isa).mantissa < 1.00001);
  }
}

// Around the ends of the fast path, where the sum alone does not tell which path softmax took.
TEST(softmax_from_its_own_sum_is_softmax) {
  Rng rng(seed());
  for (const float end : {-70000.0f, -65000.0f, -64500.0f, 65000.0f, 65500.0f, 65536.0f, 65600.0f,
                          3e6f, -0x1p31f, 0x1p31f}) {
    for (const size_t n : {1, 5, 300, 5000}) {
      for (int k = 0; k < 40; ++k) {
        const Note note(show(end) + ", n " + show(n));
        Floats x(n);
        for (float& v : x) v = end + static_cast<float>(rng.uniform(-90, 90));
        for (float& v : x) v = std::min(std::max(v, -0x1p31f), 0x1p31f);
        const Sum sum = summed(x);
        CHECK(sum.mantissa >= 1 && sum.mantissa < 2 && sum.exponent == floor(sum.exponent));
        CHECK(same_bits(from_sum(x, sum), mapped(softmax, x)));
      }
    }
  }
}

// Rows whose factor lies so close between two floats that shifting the sum there and back decides
// it: found by search.
TEST(softmax_from_its_own_sum_loses_nothing_by_the_shift) {
  const float top = 0x1.004014p+16f;
  for (const Floats& gaps :
       {Floats{0x1.ep-4f, 0x1p-7f, 4}, Floats{0x1.ebp+1f, 0x1.b8p-1f, 0x1.538p+2f}}) {
    const Floats x{top, top - gaps[0], top - gaps[1], top - gaps[2]};
    CHECK(same_bits(from_sum(x, summed(x)), mapped(softmax, x)));
  }
}

// Parts of a row with the row's sum: within 1 ULP, 2 on the exact path; parts that vanish are 0.
TEST(softmax_from_the_sum_of_the_row) {
  Rng rng(seed());
  for (const float base : {0.0f, 300.0f, -64990.0f, 65530.0f, 1e6f, -1e8f}) {
    Floats x(4000);
    for (float& v : x) v = base + static_cast<float>(rng.uniform(-40, 5));
    const Floats want = mapped(softmax, x);
    const Sum sum = summed(x);
    for (const size_t parts : {2, 3, 7}) {
      for (size_t p = 0; p < parts; ++p) {
        const size_t begin = x.size() * p / parts, end = x.size() * (p + 1) / parts;
        const Floats part(x.begin() + static_cast<long>(begin), x.begin() + static_cast<long>(end));
        const Floats y = from_sum(part, sum);
        for (size_t i = 0; i < y.size(); ++i)
          CHECK(ulp_distance(y[i], want[begin + i]) <= (fabsf(base) > 64000 ? 2u : 0u));
      }
    }
  }
  const Sum huge = summed({2e9f}), one = summed({0});
  for (const Floats& part : {Floats{0, 1}, Floats{-1e9f, 70000}, Floats{-kInf, -kInf}})
    CHECK(same_bits(from_sum(part, huge), {0, 0}));
  CHECK(same_bits(from_sum({-kInf, -1e9f}, one), {0, 0}));
  CHECK(isnan(from_sum({1, kNan}, huge)[1]));
  // No sums of these: anything may come, but nothing else may happen.
  for (const double m : {1.0, -1.0, 1e300, 5e-324, HUGE_VAL})
    for (const double e : {0.0, 0.5, -1e300, 1e300, HUGE_VAL, double{NAN}, -70000.0, 94000.0})
      for (const float v : {0.0f, 1e5f, -1e5f, 3e38f, -3e38f, kInf, -kInf, kNan})
        CHECK_EQ(from_sum({v, 1}, {m, e}).size(), 2u);
}

TEST(adaptive_temperature_is_that_of_the_entropy) {
  Rng rng(seed());
  for (const size_t n : {2, 10, 100, 2000}) {
    for (int k = 0; k < 30; ++k) {
      Floats x(n);
      const double range = rng.uniform(0, 12);
      for (float& v : x) v = static_cast<float>(rng.uniform(-range, range));
      const double h = valued(entropy, x);
      const double beta = -0.037 * pow(h, 4) + 0.481 * pow(h, 3) - 2.3 * h * h + 4.917 * h - 1.791;
      const float scale = h > 0.5 && beta > 1 ? static_cast<float>(beta) : 1;
      Floats y(n);
      Request request = request_of(x, &y);
      request.adaptive = true;
      CHECK_EQ(softmax(request), Status::kOk);
      const Floats want = mapped(softmax, x, Isa::kScalar, scale);
      for (size_t i = 0; i < n; ++i) CHECK(fabs(y[i] - want[i]) <= 1e-5 * want[i]);
      CHECK_EQ(log_softmax(request), Status::kOk);
      const Floats logs = mapped(log_softmax, x, Isa::kScalar, scale);
      for (size_t i = 0; i < n; ++i) CHECK(fabs(y[i] - logs[i]) <= 1e-5);
    }
  }
}

}  // namespace
}  // namespace tps::test
