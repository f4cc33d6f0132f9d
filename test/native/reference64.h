// SPDX-License-Identifier: MIT
// Softmax of float64 in double-double. Nothing here is shared with the kernels.
#pragma once
#include "reference.h"

namespace tps::test {

inline Dd operator/(Dd a, Dd b) {
  const double q = a.hi / b.hi;
  const Dd rest = a + b * Dd{-q, 0};
  return fast_two_sum(q, rest.hi / b.hi);
}

// A Newton step on libm's.
inline Dd log(Dd a) {
  const double first = ::log(a.hi);
  const Dd e = a * exp(Dd{-first, 0}) + Dd{-1, 0};
  return (Dd{first, 0} + e) + (e * e) * -0.5;
}
inline Dd log_one_plus(Dd r) {
  if (r.hi > 1e-8) return log(Dd{1, 0} + r);
  return r + (r * r) * (Dd{-0.5, 0} + r / 3.0);
}

inline std::vector<double> scaled_logits(const double* x, size_t n, double scale) {
  std::vector<double> z(n);
  double max = -HUGE_VAL, max_z = -HUGE_VAL;
  for (size_t i = 0; i < n; ++i) {
    z[i] = x[i] * scale;
    max = x[i] > max ? x[i] : max;
    max_z = z[i] > max_z ? z[i] : max_z;
  }
  for (size_t i = 0; fabs(max_z) > DBL_MAX && i < n; ++i) z[i] = (x[i] - max) * scale;
  return z;
}

// |got - fraction * 2^exponent| in units of the last place of a double there, subnormals not
// counted.
inline double ulps(double got, Parts exact) {
  int binade;
  frexp(exact.fraction.hi, &binade);
  if (binade + exact.exponent < -1021) binade = -1021 - exact.exponent;
  const Dd difference = Dd{ldexp(got, -exact.exponent), 0} + exact.fraction * -1.0;
  return fabs(difference.hi) / ldexp(1.0, binade - 53);
}
inline double ulps(double got, Dd exact) { return ulps(got, Parts{exact, 0}); }

// Softmax of a row with a finite maximum, and what else is said of rows.
struct Reference64 {
  double max = -HUGE_VAL;
  std::vector<Parts> numerators;  // e^(z - max)
  Dd others = {0, 0};             // sum of those of elements below the maximum
  Dd weighted = {0, 0};           // of e^(z - max) (max - z)
  double count = 0;               // of the largest

  explicit Reference64(const std::vector<double>& z) {
    for (const double v : z) max = v > max ? v : max;
    for (const double v : z) {
      const Dd d = two_sum(v, -max);
      numerators.push_back(d.hi > -2000 ? exp_parts(d) : Parts{{0, 0}, 0});
      if (v == max) count += 1;
      if (v == max || d.hi < -745) continue;
      const Dd e = numerators.back().fraction * ldexp(1.0, numerators.back().exponent);
      others = others + e;
      weighted = weighted + e * (d * -1.0);
    }
  }
  Dd sum() const { return others + Dd{count, 0}; }
  Parts probability(size_t i) const {
    return {numerators[i].fraction / sum(), numerators[i].exponent};
  }
  Dd log_sum() const { return log_one_plus(others + Dd{count - 1, 0}); }
  Dd entropy() const { return log_sum() + weighted / sum(); }
};

}  // namespace tps::test
