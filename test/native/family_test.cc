// SPDX-License-Identifier: MIT
// The calls of family.h against their definitions in long double, and against themselves: every
// isa, thread count and axis, in place or not.
#include "native/family.h"

#include <math.h>

#include <algorithm>
#include <vector>

#include "buffers.h"
#include "check.h"
#include "native/dispatch.h"
#include "native/kernels/kernels.h"
#include "native/kernels/table.h"

namespace tps::test {
namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Isa> isas() {
  std::vector<Isa> all;
  for (const IsaRow& row : kIsas)
    if (kernels_for(row.isa) != nullptr && runnable(row.isa, host_cpu())) all.push_back(row.isa);
  return all;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

Request request_of(const Floats& x, Floats* y, Isa isa = Isa::kScalar) {
  Request request;
  request.input = x.data();
  request.output = y != nullptr ? y->data() : nullptr;
  request.n = x.size();
  request.isa = isa;
  return request;
}

// Rows of all sorts: flat, peaked, far from 0, masked, beyond the fast path.
Floats row_of(Rng& rng, size_t n, int sort) {
  static const float kRanges[] = {1e-3f, 1, 10, 80, 1000, 1e6f, 3e9f, 3e38f};
  const float range = kRanges[sort % 8];
  Floats x(n);
  for (float& v : x) v = static_cast<float>(rng.uniform(-range, range));
  if (sort / 8 % 4 == 1) x[rng.below(n)] = range + static_cast<float>(rng.uniform(0, 60));
  if (sort / 8 % 4 == 2)
    for (float& v : x) v += v < 0 ? -70000 : 70000;
  if (sort / 8 % 4 == 3)
    for (float& v : x) v = rng.below(3) == 0 ? -kInf : v;
  return x;
}
constexpr int kSorts = 32;
constexpr size_t kLengths[] = {1,  2,  3,  7,   8,    15,   16,   17,   31,   40,
                               64, 65, 99, 500, 1023, 1024, 1025, 4096, 9001, 20000};

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

using MapCall = Status (*)(const Request&) noexcept;
using ValueCall = Status (*)(const Request&, double*) noexcept;

Floats mapped(MapCall call, const Floats& x, Isa isa = Isa::kScalar, float scale = 1) {
  Floats y(x.size(), 7);
  Request request = request_of(x, &y, isa);
  request.scale = scale;
  CHECK_EQ(call(request), Status::kOk);
  return y;
}
double valued(ValueCall call, const Floats& x, Isa isa = Isa::kScalar) {
  double value = 7;
  CHECK_EQ(call(request_of(x, nullptr, isa), &value), Status::kOk);
  return value;
}
struct Sum {
  double mantissa = 7, exponent = 7;
  bool operator==(const Sum& o) const { return memcmp(this, &o, sizeof(o)) == 0; }
};
Sum summed(const Floats& x, Isa isa = Isa::kScalar) {
  Sum sum;
  CHECK_EQ(sum_exp(request_of(x, nullptr, isa), &sum.mantissa, &sum.exponent), Status::kOk);
  return sum;
}
Floats from_sum(const Floats& x, const Sum& sum, Isa isa = Isa::kScalar) {
  Floats y(x.size(), 7);
  CHECK_EQ(softmax_from(request_of(x, &y, isa), &sum.mantissa, &sum.exponent), Status::kOk);
  return y;
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

struct OneRow {
  Floats log, cool, stable, probabilities;
  Doubles values;
  OneRow(const Floats& x, Isa isa, bool summable)
      : log(mapped(log_softmax, x, isa)),
        cool(mapped(log_softmax, x, isa, 0.7f)),
        stable(mapped(stable_max, x, isa, 0.7f)),
        values{valued(entropy, x, isa), valued(log_sum_exp, x, isa)} {
    if (!summable) return;
    const Sum sum = summed(x, isa);
    values.insert(values.end(), {sum.mantissa, sum.exponent});
    probabilities = from_sum(x, sum, isa);
  }
  bool operator==(const OneRow& o) const {
    return same_bits(log, o.log) && same_bits(cool, o.cool) && same_bits(stable, o.stable) &&
           same_bits(values, o.values) && same_bits(probabilities, o.probabilities);
  }
};

TEST(family_has_the_same_bits_on_every_isa) {
  Rng rng(seed());
  for (int sort = 0; sort < kSorts; ++sort) {
    for (const size_t n : kLengths) {
      const Floats x = row_of(rng, n, sort);
      const bool summable =
          std::all_of(x.begin(), x.end(), [](float v) { return fabsf(v) <= 0x1p31f || isinf(v); });
      const OneRow scalar(x, Isa::kScalar, summable);
      if (summable) CHECK(same_bits(scalar.probabilities, mapped(softmax, x)));
      for (const Isa isa : isas()) {
        const Note note(std::string(isa_row(isa).name) + ", sort " + show(sort) + ", n " + show(n));
        CHECK(OneRow(x, isa, summable) == scalar);
      }
    }
  }
}

// Kernel by kernel at every offset and length, with the streaming form, between guard pages.
TEST(family_kernels_stay_inside_and_agree) {
  Rng rng(seed());
  const Kernels& scalar = *kernels_for(Isa::kScalar);
  for (const Isa isa : isas()) {
    const Note note(isa_row(isa).name);
    const Kernels& kernels = *kernels_for(isa);
    for (size_t n = 1; n < 9000; n += n < 70 ? 1 : 997) {
      for (const Flush flush : {Flush::kStart, Flush::kEnd}) {
        for (const size_t offset : {0, 1, 5, 16}) {
          GuardedBuffer<float> x(n, flush, offset), y(n, flush, offset), want(n, flush, offset);
          for (size_t i = 0; i < n; ++i)
            x[i] = rng.below(40) == 0 ? -kInf : static_cast<float>(rng.uniform(-90, 90));
          const size_t count = n / kBlock + (n % kBlock != 0);
          std::vector<BlockSum> blocks(count), right(count);
          Doubles weights(count), heavy(count);
          const float limit = 80;
          const Input in{x.data(), 0.5f, 0, 0, Input::kScaled};
          for (const float* top : {static_cast<const float*>(nullptr), &limit}) {
            kernels.family.sum(in, n, top, blocks.data(), weights.data());
            scalar.family.sum(in, n, top, right.data(), heavy.data());
            CHECK(memcmp(blocks.data(), right.data(), count * sizeof(BlockSum)) == 0);
            CHECK(same_bits(weights, heavy));
          }
          for (const bool streaming : {false, true}) {
            kernels.family.log_scale(in, y.data(), n, 40, 1.25, streaming);
            scalar.family.log_scale(in, want.data(), n, 40, 1.25, false);
            CHECK(memcmp(y.data(), want.data(), n * sizeof(float)) == 0);
            kernels.family.stable_scale(x.data(), y.data(), n, 3, streaming, 0.01, streaming);
            scalar.family.stable_scale(x.data(), want.data(), n, 3, streaming, 0.01, false);
            CHECK(memcmp(y.data(), want.data(), n * sizeof(float)) == 0);
          }
          kernels.family.stable_sum(x.data(), n, 3, false, weights.data());
          scalar.family.stable_sum(x.data(), n, 3, false, heavy.data());
          CHECK(same_bits(weights, heavy));
          CHECK_EQ(kernels.family.max_magnitude(x.data(), n),
                   scalar.family.max_magnitude(x.data(), n));
          CHECK(x.canaries_live() && y.canaries_live());
        }
      }
    }
  }
}

struct Answers {
  Floats log, stable, from, adaptive;
  Doubles lse, h, mantissas, exponents;
  bool operator==(const Answers& o) const {
    return same_bits(log, o.log) && same_bits(stable, o.stable) && same_bits(from, o.from) &&
           same_bits(adaptive, o.adaptive) && same_bits(lse, o.lse) && same_bits(h, o.h) &&
           same_bits(mantissas, o.mantissas) && same_bits(exponents, o.exponents);
  }
};

Answers answers(const Floats& x, size_t outer, size_t n, size_t inner, uint32_t threads, Isa isa,
                bool in_place) {
  const size_t rows = outer * inner;
  Answers a{x, x, x, x, Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows)};
  Request request = request_of(x, nullptr, isa);
  request.outer = outer;
  request.n = n;
  request.inner = inner;
  request.threads = threads;
  CHECK_EQ(log_sum_exp(request, a.lse.data()), Status::kOk);
  CHECK_EQ(entropy(request, a.h.data()), Status::kOk);
  CHECK_EQ(sum_exp(request, a.mantissas.data(), a.exponents.data()), Status::kOk);
  const auto into = [&](Floats& y) {
    request.output = y.data();
    request.input = in_place ? y.data() : x.data();
    return request;
  };
  CHECK_EQ(log_softmax(into(a.log)), Status::kOk);
  CHECK_EQ(stable_max(into(a.stable)), Status::kOk);
  CHECK_EQ(softmax_from(into(a.from), a.mantissas.data(), a.exponents.data()), Status::kOk);
  request.adaptive = true;
  CHECK_EQ(softmax(into(a.adaptive)), Status::kOk);
  return a;
}

TEST(family_rows_are_the_same_wherever_they_lie) {
  Rng rng(seed());
  const struct {
    size_t outer, n, inner;
  } layouts[] = {{7, 100, 1}, {3, 20, 5}, {1, 3000, 3}, {2, 1030, 21}, {1, 40000, 1}, {40, 1, 3}};
  for (const auto& [outer, n, inner] : layouts) {
    const Note note(show(outer) + " x " + show(n) + " x " + show(inner));
    const size_t rows = outer * inner;
    Floats x(rows * n), transposed(rows * n);
    Answers one_by_one{x, x, x, x, Doubles(rows), Doubles(rows), Doubles(rows), Doubles(rows)};
    for (size_t row = 0; row < rows; ++row) {
      // Some rows take the exact path or are dominated; none is beyond what sumExp takes.
      Floats z = row_of(rng, n, static_cast<int>(row % 6 + row / 6 % 4 * 8));
      const Answers a = answers(z, 1, n, 1, 1, Isa::kScalar, false);
      one_by_one.lse[row] = a.lse[0];
      one_by_one.h[row] = a.h[0];
      one_by_one.mantissas[row] = a.mantissas[0];
      one_by_one.exponents[row] = a.exponents[0];
      for (size_t i = 0; i < n; ++i) {
        const size_t at = (row / inner * n + i) * inner + row % inner;
        x[at] = z[i];
        one_by_one.log[at] = a.log[i];
        one_by_one.stable[at] = a.stable[i];
        one_by_one.from[at] = a.from[i];
        one_by_one.adaptive[at] = a.adaptive[i];
      }
    }
    for (const Isa isa : isas())
      for (const uint32_t threads : {1u, 2u, 5u})
        for (const bool in_place : {false, true}) {
          const Note where(std::string(isa_row(isa).name) + ", threads " + show(threads));
          CHECK(answers(x, outer, n, inner, threads, isa, in_place) == one_by_one);
        }
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
