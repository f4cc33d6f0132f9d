// SPDX-License-Identifier: MIT
// Softmax in double-double, about 100 bits: what results are measured against. Nothing here is
// shared with the kernels.
#pragma once
#include <float.h>
#include <math.h>
#include <stddef.h>

#include <vector>

namespace tps::test {

// hi + lo, |lo| at most half an ULP of hi.
struct Dd {
  double hi, lo;
};

inline Dd fast_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}
inline Dd two_sum(double a, double b) {
  const double s = a + b, b_part = s - a;
  return {s, (a - (s - b_part)) + (b - b_part)};
}
inline Dd split(double a) {  // Veltkamp: halves of 26 bits
  const double t = 134217729.0 * a, hi = t - (t - a);
  return {hi, a - hi};
}
inline Dd two_product(double a, double b) {
  const double p = a * b;
  const Dd x = split(a), y = split(b);
  return {p, ((x.hi * y.hi - p) + x.hi * y.lo + x.lo * y.hi) + x.lo * y.lo};
}
inline Dd operator+(Dd a, Dd b) {
  const Dd s = two_sum(a.hi, b.hi), t = two_sum(a.lo, b.lo);
  const Dd u = fast_two_sum(s.hi, s.lo + t.hi);
  return fast_two_sum(u.hi, u.lo + t.lo);
}
inline Dd operator*(Dd a, Dd b) {
  const Dd p = two_product(a.hi, b.hi);
  return fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
inline Dd operator/(Dd a, double b) {
  const double q = a.hi / b;
  const Dd p = two_product(q, b);
  return fast_two_sum(q, ((a.hi - p.hi) - p.lo + a.lo) / b);
}
inline Dd operator*(Dd a, double power) { return {a.hi * power, a.lo * power}; }

// e^d = fraction * 2^exponent, |d| <= 10^5. d = k ln2 + 256 r, e^r - 1 from its series, squared
// eight times.
struct Parts {
  Dd fraction;
  int exponent;
};
inline Parts exp_parts(Dd d) {
  const double k = nearbyint(d.hi * 1.4426950408889634);
  // ln2 in three parts.
  const Dd r = (((d + two_product(-k, 0x1.62e42fefa2p-1)) + two_product(-k, 0x1.9ef35793c6p-41)) +
                two_product(-k, 0x1.673007e5ed5e8p-81)) *
               0x1p-8;
  Dd p = {0, 0};
  for (int i = 9; i > 0; --i) p = (p + Dd{1, 0}) * (r / i);
  for (int i = 0; i < 8; ++i) p = p * 2.0 + p * p;
  return {p + Dd{1, 0}, static_cast<int>(k)};
}

// e^d for d <= 0; below -700 zero, which no float result can tell.
inline Dd exp(Dd d) {
  if (d.hi < -700) return {0, 0};
  const Parts e = exp_parts(d);
  return e.fraction * ldexp(1.0, e.exponent);
}

// The arguments z = fl(x * scale), or where the largest of them overflows fl(fl(x - max) * scale).
inline std::vector<float> scaled_logits(const float* x, size_t n, float scale) {
  std::vector<float> z(n);
  float max = -HUGE_VALF, max_z = -HUGE_VALF;
  for (size_t i = 0; i < n; ++i) {
    z[i] = x[i] * scale;
    max = x[i] > max ? x[i] : max;
    max_z = z[i] > max_z ? z[i] : max_z;
  }
  for (size_t i = 0; fabsf(max_z) > FLT_MAX && i < n; ++i) z[i] = (x[i] - max) * scale;
  return z;
}

// Softmax of a row with a finite maximum: the numerators as double, the sum as double-double.
struct Reference {
  std::vector<double> numerators;
  Dd sum = {0, 0};

  explicit Reference(const std::vector<float>& z) : numerators(z.size()) {
    float max = -HUGE_VALF;
    for (const float v : z) max = v > max ? v : max;
    for (size_t i = 0; i < z.size(); ++i) {
      const Dd e = exp(two_sum(z[i], -static_cast<double>(max)));
      numerators[i] = e.hi;
      sum = sum + e;
    }
  }
  // Off by at most 2^-52 of itself.
  double probability(size_t i) const { return numerators[i] / sum.hi; }
};

// |got - exact| in units of the last place of a float at `exact`, subnormals not counted.
inline double ulps(float got, double exact) {
  int exponent;
  frexp(exact, &exponent);
  return fabs(got - exact) / ldexp(1.0, (exponent > -125 ? exponent : -125) - 24);
}

}  // namespace tps::test
