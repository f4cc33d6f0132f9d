// SPDX-License-Identifier: MIT
#include "measure/reference.h"

#include "kernels/fold.h"

namespace tps {
namespace {

constexpr double kInfinite = __builtin_huge_val();

double magnitude(double v) { return v < 0 ? -v : v; }

// The distance of the floats around a positive value, as if there were none below 2^-100.
double spacing(double value) {
  if (value < 0x1p-100) return 0x1p-123;
  uint64_t u;
  memcpy(&u, &value, sizeof(u));
  return pow2(static_cast<int32_t>(u >> 52) - 1023 - 23);
}

double exp_minus(double z) {
  if (!(z > -700)) return z == z ? 0 : z;
  const Exponential e = exact_exp(z);
  return e.mantissa * pow2(e.exponent);
}

}  // namespace

Exponential exact_exp(double x) {
  constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
  const double k = shifted - 0x1.8p52;
  const double t = (x - k * kLn2High) - k * kLn2Low;
  // Taylor's series; t is at most 0.35, and 0.35^14 / 14! is 5e-18.
  double p = 1;
  for (int i = 13; i > 0; --i) p = 1 + p * t * (1.0 / i);
  return {p, static_cast<int32_t>(k)};
}

Reference reference_of(const float* x, size_t n) {
  float max = -__builtin_huge_valf();
  for (size_t i = 0; i < n; ++i) max = x[i] > max ? x[i] : max;
  double sums[8] = {};
  for (size_t i = 0; i < n; ++i) sums[i % 8] += exp_minus(static_cast<double>(x[i]) - max);
  double sum = 0;
  for (const double s : sums) sum += s;
  return {max, sum};
}

double ulp_error(float got, double exact) {
  const double error = magnitude(got - exact) / spacing(magnitude(exact));
  return error == error ? error : kInfinite;
}

double worst_ulp(const float* x, const float* y, size_t n, const Reference& reference) {
  constexpr size_t kChecked = size_t{1} << 16, kEnd = 64;
  const size_t step = n / kChecked | 1;
  double worst = 0;
  const auto check = [&](size_t i) {
    const double exact = exp_minus(static_cast<double>(x[i]) - reference.max) / reference.sum;
    const double error = ulp_error(y[i], exact);
    worst = error > worst ? error : worst;
  };
  for (size_t i = 0; i < n; i += step) check(i);
  for (size_t i = 0; i < kEnd && i < n; ++i) {
    check(i);
    check(n - 1 - i);
  }
  return worst;
}

}  // namespace tps
