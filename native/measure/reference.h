// SPDX-License-Identifier: MIT
// What the timed runs are checked against: softmax in float64, with an exponential of its own.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

struct Exponential {
  double mantissa;
  int32_t exponent;
};
// e^x = mantissa * 2^exponent for |x| < 2^20, to about 1e-15.
Exponential exact_exp(double x);

// Of one row: the sum is of e^(x - max).
struct Reference {
  double max, sum;
};
Reference reference_of(const float* x, size_t n);

// In units of the float spacing at the exact value; below 2^-100, where rivals lose their precision
// to subnormals, in units of that there. Infinity for NaN.
double ulp_error(float got, double exact);

// The worst of a row's outputs: of all, or of some tens of thousands and both ends.
double worst_ulp(const float* x, const float* y, size_t n, const Reference& reference);

}  // namespace tps
