// SPDX-License-Identifier: MIT
// Table: the rows of float64 that numeric tests run over. The first kFinite64 have a finite maximum
// and no more than finite differences from it that count.
#pragma once
#include <float.h>

#include <iterator>
#include <vector>

#include "buffers.h"

namespace tps::test {

inline uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}
inline double from_bits64(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

struct Logits64 {
  const char* name;
  double (*draw)(Rng& rng, size_t i);
  double peak;  // one element, where it is not NaN
};

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

inline constexpr Logits64 kLogits64[] = {
    {"N(0,1)", [](Rng& rng, size_t) { return rng.normal(); }, kNone},
    {"N(0,30)", [](Rng& rng, size_t) { return 30 * rng.normal(); }, kNone},
    {"uniform +-1000", [](Rng& rng, size_t) { return rng.uniform(-1000, 1000); }, kNone},
    {"all equal", [](Rng&, size_t) { return 0.7; }, kNone},
    {"1e6 + N(0,10)", [](Rng& rng, size_t) { return 1e6 + 10 * rng.normal(); }, kNone},
    {"-1e6 + N(0,10)", [](Rng& rng, size_t) { return -1e6 + 10 * rng.normal(); }, kNone},
    {"1e15 + N(0,10)", [](Rng& rng, size_t) { return 1e15 + 10 * rng.normal(); }, kNone},
    {"one dominant", [](Rng& rng, size_t) { return rng.normal(); }, 60},
    {"geometric tail", [](Rng&, size_t i) { return -0.37 * static_cast<double>(i); }, kNone},
    {"results near 2^-1022", [](Rng& rng, size_t) { return rng.uniform(-709, -708); }, 0},
    {"tiny logits", [](Rng& rng, size_t) { return 1e-200 * rng.normal(); }, kNone},
    {"subnormal logits", [](Rng& rng, size_t) { return 1e-310 * rng.normal(); }, kNone},
    {"any exponent below 2^16",
     [](Rng& rng, size_t) {
       return ldexp(rng.uniform(-1, 1), 16 - static_cast<int>(rng.below(1000)));
     },
     kNone},
    {"half masked",
     [](Rng& rng, size_t) { return rng.below(2) != 0 ? -HUGE_VAL : 3 * rng.normal(); }, 1},
    {"about the upper limit of the fast path",
     [](Rng& rng, size_t) { return 65536 + rng.uniform(-1, 1); }, kNone},
    {"about the lower limit of the fast path",
     [](Rng& rng, size_t) { return -64000 + rng.uniform(-1, 1); }, kNone},
    {"extremes",
     [](Rng& rng, size_t) {
       constexpr double kExtremes[] = {0.0,  -0.0,   DBL_MAX, -DBL_MAX, DBL_MIN, DBL_TRUE_MIN,
                                       1e30, -1e300, 65536,   -64000,   708.4,   -708.4};
       return kExtremes[rng.below(std::size(kExtremes))];
     },
     kNone},
    {"all masked", [](Rng&, size_t) { return -HUGE_VAL; }, kNone},
    {"a NaN", [](Rng& rng, size_t) { return rng.normal(); }, kNone},
    {"an infinity", [](Rng& rng, size_t) { return rng.normal(); }, HUGE_VAL},
    {"any bits", [](Rng& rng, size_t) { return from_bits64(rng.next()); }, kNone},
};
inline constexpr size_t kFinite64 = 17;

inline std::vector<double> row64(size_t kind, size_t n, Rng& rng) {
  const Logits64& logits = kLogits64[kind];
  std::vector<double> x(n);
  for (size_t i = 0; i < n; ++i) x[i] = logits.draw(rng, i);
  const bool nan = strcmp(logits.name, "a NaN") == 0;
  if (n > 0 && (nan || logits.peak == logits.peak))
    x[rng.below(n)] = nan ? from_bits64(0xfff0000000000001 | rng.next() >> 12) : logits.peak;
  return x;
}

}  // namespace tps::test
