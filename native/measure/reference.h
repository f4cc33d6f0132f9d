// SPDX-License-Identifier: MIT
// What the timed runs are checked against: softmax in float64 with an exponential of its own, of
// float64 in pairs of them.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "tables/dtypes.h"

namespace tps {

struct Exponential {
  double mantissa;
  int32_t exponent;
};
// e^x = mantissa * 2^exponent for |x| < 2^20, to about 1e-15.
Exponential exact_exp(double x);

// Of one row: the sum of e^(x - max) is sum + rest.
struct Reference {
  double max, sum, rest;
};
Reference reference_of(Dtype dtype, const void* x, size_t n);

// In units of the float spacing at the exact value; below 2^-100, where rivals lose their precision
// to subnormals, in units of that there. Infinity for NaN.
double ulp_error(float got, double exact);

// The worst of a row's outputs, of all or of some tens of thousands and both ends, in units of the
// spacing of its type; small results as above, by 2^-900 for float64, and subnormals of float16 in
// their own.
double worst_ulp(Dtype dtype, const void* x, const void* y, size_t n, const Reference& reference);

}  // namespace tps
