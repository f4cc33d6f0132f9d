// SPDX-License-Identifier: MIT
#include "measure/reference.h"

#include "kernels/fold64.h"

namespace tps {
namespace {

constexpr double kInfinite = __builtin_huge_val();
constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;

double magnitude(double v) { return v < 0 ? -v : v; }

template <typename T>
T element(const void* x, size_t i) {
  T value;
  memcpy(&value, static_cast<const char*>(x) + i * sizeof(T), sizeof(T));
  return value;
}

// The integer nearest to x / ln 2.
double quotient_by_ln2(double x) { return (x * 0x1.71547652b82fep+0 + 0x1.8p52) - 0x1.8p52; }

Pair exp_minus(double z) {
  if (!(z > -700)) return {z == z ? 0 : z, 0};
  const Exponential e = exact_exp(z);
  return {e.mantissa * pow2(e.exponent), 0};
}

// To about 2^-59: 1 + t + t^2/2 in pairs, what is left, 2^-7 at most, as a double.
Pair exp_minus(Pair z) {
  if (!(z.high > -700)) return {z.high == z.high ? 0 : z.high, 0};
  const double k = quotient_by_ln2(z.high);
  const Pair low = exact_product(k, kLn2Low);
  const Pair far = exact_sum(z.high - k * kLn2High, -low.high);  // the difference is exact
  const Pair t = exact_sum(far.high, far.low + (z.low - low.low));
  const Pair square = exact_product(t.high, t.high);
  double p = 1;
  for (int i = 14; i > 3; --i) p = 1 + p * t.high * (1.0 / i);
  Pair e = add_pairs({1, 0}, t);
  e = add_pairs(e, {0.5 * square.high, 0.5 * square.low + t.high * t.low});
  e = add_pairs(e, {t.high * square.high * p / 6, 0});
  const double unit = pow2(static_cast<int32_t>(k));
  return {e.high * unit, e.low * unit};
}

// The types as their formats define them: bits of a significand, the exponent below which the
// spacing of numbers does not count as finer, elements as numbers, and e^(x - max).
struct Singles {
  static constexpr int32_t kBits = 24, kLeast = -100;
  static double at(const void* x, size_t i) { return element<float>(x, i); }
  static Pair exp(double x, double max) { return exp_minus(x - max); }
};
struct Doubles {
  static constexpr int32_t kBits = 53, kLeast = -900;
  static double at(const void* x, size_t i) { return element<double>(x, i); }
  static Pair exp(double x, double max) { return exp_minus(exact_sum(x, -max)); }
};
struct Halves : Singles {
  static constexpr int32_t kBits = 11, kLeast = -14;
  static double at(const void* x, size_t i) {
    const uint32_t half = element<uint16_t>(x, i), field = half >> 10 & 31, fraction = half & 1023;
    const double sign = half >> 15 != 0 ? -1 : 1;
    if (field == 31) return fraction != 0 ? __builtin_nan("") : sign * kInfinite;
    if (field == 0) return sign * fraction * 0x1p-24;
    return sign * (fraction + 1024) * pow2(static_cast<int32_t>(field) - 25);
  }
};
struct UpperHalves : Singles {
  static constexpr int32_t kBits = 8;
  static double at(const void* x, size_t i) {
    const uint32_t bits = uint32_t{element<uint16_t>(x, i)} << 16;
    return element<float>(&bits, 0);
  }
};

// body(format), with the format of `dtype`.
template <typename Body>
auto with_format(Dtype dtype, const Body& body) {
  switch (dtype) {
    case Dtype::kFloat16:
      return body(Halves{});
    case Dtype::kBFloat16:
      return body(UpperHalves{});
    case Dtype::kFloat64:
      return body(Doubles{});
    default:
      return body(Singles{});
  }
}

template <typename Format>
double error_of(double got, Pair exact) {
  uint64_t u;
  const double value = magnitude(exact.high);
  memcpy(&u, &value, sizeof(u));
  const int32_t exponent = static_cast<int32_t>(u >> 52) - 1023;
  const int32_t counts = exponent < Format::kLeast ? Format::kLeast : exponent;
  const double error = magnitude(got - exact.high - exact.low) / pow2(counts - Format::kBits + 1);
  return error == error ? error : kInfinite;
}

}  // namespace

Exponential exact_exp(double x) {
  const double k = quotient_by_ln2(x);
  const double t = (x - k * kLn2High) - k * kLn2Low;
  // Taylor's series; t is at most 0.35, and 0.35^14 / 14! is 5e-18.
  double p = 1;
  for (int i = 13; i > 0; --i) p = 1 + p * t * (1.0 / i);
  return {p, static_cast<int32_t>(k)};
}

Reference reference_of(Dtype dtype, const void* x, size_t n) {
  return with_format(dtype, [&](auto format) -> Reference {
    double max = -kInfinite;
    for (size_t i = 0; i < n; ++i) {
      const double v = format.at(x, i);
      max = v > max ? v : max;
    }
    Pair sum = {0, 0};
    for (size_t i = 0; i < n; ++i) {
      const Pair e = format.exp(format.at(x, i), max);
      const Pair s = exact_sum(sum.high, e.high);
      sum = {s.high, sum.low + (s.low + e.low)};
    }
    sum = exact_sum(sum.high, sum.low);
    return {max, sum.high, sum.low};
  });
}

double ulp_error(float got, double exact) { return error_of<Singles>(got, {exact, 0}); }

double worst_ulp(Dtype dtype, const void* x, const void* y, size_t n, const Reference& reference) {
  constexpr size_t kChecked = size_t{1} << 16, kEnd = 64;
  const size_t step = n / kChecked | 1;
  const Pair factor = reciprocal({reference.sum, reference.rest});
  return with_format(dtype, [&](auto format) {
    double worst = 0;
    const auto check = [&](size_t i) {
      const Pair e = format.exp(format.at(x, i), reference.max);
      const Pair p = exact_product(e.high, factor.high);
      const Pair exact = {p.high, p.low + (e.high * factor.low + e.low * factor.high)};
      const double error = error_of<decltype(format)>(format.at(y, i), exact);
      worst = error > worst ? error : worst;
    };
    for (size_t i = 0; i < n; i += step) check(i);
    for (size_t i = 0; i < kEnd && i < n; ++i) {
      check(i);
      check(n - 1 - i);
    }
    return worst;
  });
}

}  // namespace tps
