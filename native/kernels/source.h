// SPDX-License-Identifier: MIT
// What a kernel reads, as z: the kinds of input, stretches of them, and their maxima.
#pragma once
#include "exp.h"
#include "fetch.h"
#include "fold.h"
#include "sums.h"

namespace {

constexpr float kInfinity = __builtin_huge_valf();

// The three kinds of input. Missing elements of a tail read as `fill`. z never falls as x rises, so
// the largest z is that of the largest x.
struct Plain {
  static constexpr bool kExactPath = false;
  const float* x;
  explicit Plain(const Input& in) : x(in.x) {}
  F z(F v) const { return v; }
};
struct Shifted {
  static constexpr bool kExactPath = true;
  const float* x;
  F scale, before, after;
  explicit Shifted(const Input& in)
      : x(in.x), scale(set(in.scale)), before(set(in.before)), after(set(in.after)) {}
  F z(F v) const { return sub(mul(sub(v, before), scale), after); }
};
struct Scaled {
  static constexpr bool kExactPath = false;
  const float* x;
  F scale;
  explicit Scaled(const Input& in) : x(in.x), scale(set(in.scale)) {}
  F z(F v) const { return mul(v, scale); }
};

// The z of a contiguous stretch of the input.
template <typename Source>
struct Stretch {
  const Source& source;
  const float* x;
  F at(size_t i) const { return source.z(load(x + i)); }
  F tail(size_t i, size_t n, float fill) const { return source.z(load_n(x + i, n, fill)); }
};

// Lane by lane, the largest of value(x[i]).
template <typename Value>
TPS_INLINE F largest(const float* x, size_t n, Value value) {
  F m[4] = {set(-kInfinity), set(-kInfinity), set(-kInfinity), set(-kInfinity)};
  size_t i = 0;
  // Four pages side by side: see kGroup.
  for (; i + 4 * kBlock <= n; i += 3 * kBlock)
    for (const size_t end = i + kBlock; i < end; i += 16)
      for (size_t k = 0; k < 4; ++k) m[k] = max(value(load(x + i + kBlock * k)), m[k]);
  for (; i + 64 <= n; i += 64)
    for (size_t k = 0; k < 4; ++k) m[k] = max(value(load(x + i + 16 * k)), m[k]);
  for (; i + 16 <= n; i += 16) m[0] = max(value(load(x + i)), m[0]);
  if (i < n) m[1] = max(value(load_n(x + i, n - i, -kInfinity)), m[1]);
  return max(max(m[0], m[1]), max(m[2], m[3]));
}

TPS_OUT_OF_LINE F largest(const float* x, size_t n) {
  return largest(x, n, [](F v) { return v; });
}

// Of z.
template <typename Source>
TPS_INLINE float max_of(const Source& source, const float* x, size_t n) {
  return reduce_max(source.z(largest(x, n)));
}

}  // namespace
