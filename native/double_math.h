// SPDX-License-Identifier: MIT
// Exponential and logarithm in double for what is computed once per row: no libm has a part in
// them, so their bits are the same on every platform. Plain operations only, no FMA.
#pragma once
#include "kernels/fold.h"

namespace tps {

// A positive number, mantissa * 2^exponent with mantissa in [1, 2) and an integral exponent. Zero
// is {0, 0}, NaN is {NaN, 0}.
struct Extended {
  double mantissa, exponent;
};

// ln 2 in parts of 21 bits, so that their products with integers below 2^32 are exact, and the
// rest.
inline constexpr double kLn2High = 0x1.62e42p-1;
inline constexpr double kLn2Middle = 0x1.fdf47p-22;
inline constexpr double kLn2Low = 0x1.ef35793c7673p-45;

inline Extended extended(double value, double exponent) {
  const RowSum sum = normalized(value, 0, 0);
  return {sum.mantissa, exponent + sum.exponent};
}

inline Extended multiply(const Extended& a, const Extended& b) {
  return extended(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

// As a double, 0 below 2^-1000; the exponent is at most 1000.
inline double to_double(const Extended& a) {
  return a.exponent < -1000 ? 0 : a.mantissa * pow2(static_cast<int32_t>(a.exponent));
}

// e^z for |z| <= 2^31. z = k ln2 + t, |t| <= ln2/2; t is exact but for the parts
// below 2^-55. e^t = 1 + (t + t^2 q(t)), q minimax with an error of 2^-61 relative to e^t. Below 1
// ULP in all.
inline Extended exponential(double z) {
  static constexpr double kQ[] = {0x1p-1,
                                  0x1.5555555555557p-3,
                                  0x1.5555555555557p-5,
                                  0x1.1111111110052p-7,
                                  0x1.6c16c16c156a5p-10,
                                  0x1.a01a01ac1d225p-13,
                                  0x1.a01a01ab9877ep-16,
                                  0x1.71de01afce41fp-19,
                                  0x1.27e4cfaf49edfp-22,
                                  0x1.af4ec44e54597p-26,
                                  0x1.1f86f01118c57p-29};
  constexpr double kRoundToInteger = 0x1.8p52, kLog2eDouble = 0x1.71547652b82fep0;
  const double k = (z * kLog2eDouble + kRoundToInteger) - kRoundToInteger;
  const double t = ((z - k * kLn2High) - k * kLn2Middle) - k * kLn2Low;
  double q = 0;
  for (int i = 10; i >= 0; --i) q = q * t + kQ[i];
  return extended(1 + (t + t * t * q), k);
}

// ln(1 + f) for f in [1/sqrt(2) - 1, sqrt(2) - 1], below 1 ULP. With s = f / (2 + f) it is 2 atanh
// s = f - f^2/2 + s (f^2/2 + r), r = s^2 p(s^2) minimax, relative error 2^-51 of a term that is at
// most a hundredth of the result.
inline double log_near_one(double f) {
  static constexpr double kP[] = {0x1.5555555555558p-1, 0x1.9999999995322p-2, 0x1.2492492deee3cp-2,
                                  0x1.c71c62e659d66p-3, 0x1.7462b4b7deabep-3, 0x1.39fe59b326e73p-3,
                                  0x1.2b58bfd8135dep-3};
  const double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  double p = 0;
  for (int i = 6; i >= 0; --i) p = p * z + kP[i];
  return f - (half - s * (half + z * p));
}

// ln of a positive number, below 1 ULP where it is not near 1 from below.
inline double log_of(const Extended& a) {
  const bool high = a.mantissa > 0x1.6a09e667f3bcdp0;
  const double f = (high ? 0.5 * a.mantissa : a.mantissa) - 1, k = a.exponent + (high ? 1 : 0);
  return k * kLn2High + (k * (kLn2Middle + kLn2Low) + log_near_one(f));
}

// ln(part / whole), 0 < part <= whole, accurate also where it is close to 0.
inline double log_ratio(double part, double whole) {
  return part > 0.75 * whole ? log_near_one((part - whole) / whole)
                             : log_of(extended(part / whole, 0));
}

// ln(1 + r) for r >= 0, below 2 ULP; what the rounding of 1 + r lost is made good.
inline double log_one_plus(double r) {
  if (r < 0.41) return log_near_one(r);
  const double sum = 1 + r, lost = r < 0x1p53 ? r - (sum - 1) : 0;
  return log_of(extended(sum, 0)) + lost / sum;
}

}  // namespace tps
