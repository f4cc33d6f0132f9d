// SPDX-License-Identifier: MIT
// The two formats of 16 bits by their definition: IEEE 754's binary16, and bfloat16, with 5 and 8
// bits of exponent. Nothing here is shared with the kernels.
#pragma once
#include <math.h>

#include "forms.h"
#include "logits.h"

namespace tps::test {

struct HalfFormat {
  int precision;  // bits of a significand, the first included
  int least;      // exponent of the least subnormal
};
inline HalfFormat format_of(Dtype dtype) {
  return dtype == Dtype::kFloat16 ? HalfFormat{11, -24} : HalfFormat{8, -133};
}

inline double value_of(Dtype dtype, uint16_t half) {
  const auto [precision, least] = format_of(dtype);
  const int fraction = half & ((1 << (precision - 1)) - 1),
            field = (half & 0x7fff) >> (precision - 1);
  const int highest = (1 << (16 - precision)) - 1;
  const double sign = half >> 15 != 0 ? -1 : 1;
  if (field == highest) return fraction != 0 ? NAN : sign * HUGE_VAL;
  if (field == 0) return sign * ldexp(fraction, least);
  return sign * ldexp(fraction + (1 << (precision - 1)), least + field - 1);
}

// The next number away from 0, as if there were no largest.
inline double next_of(Dtype dtype, uint16_t half) {
  const auto [precision, least] = format_of(dtype);
  int exponent;
  const double value = value_of(dtype, half);
  frexp(value, &exponent);
  const int last = exponent - precision > least ? exponent - precision : least;
  return value + (half >> 15 != 0 ? -1 : 1) * ldexp(1.0, last);
}

// The nearest half, ties to even; NaN is one quiet NaN.
inline uint16_t half_of(Dtype dtype, float value) {
  const auto [precision, least] = format_of(dtype);
  const uint16_t infinity = static_cast<uint16_t>(((1 << (16 - precision)) - 1) << (precision - 1));
  if (value != value) return static_cast<uint16_t>(infinity | 1 << (precision - 2));
  const uint16_t sign = signbit(value) ? 0x8000 : 0;
  int exponent;
  const double magnitude = fabs(double{value});
  frexp(magnitude, &exponent);
  int last = exponent - precision;  // of the last place
  if (last < least || magnitude == 0) last = least;
  const double units = nearbyint(ldexp(magnitude, -last));
  // The fields are one integer, which a carry raises to the next binade, and at last to infinity.
  const double bits = units + ldexp(last - least, precision - 1);
  return sign | (bits < infinity ? static_cast<uint16_t>(bits) : infinity);
}

}  // namespace tps::test
