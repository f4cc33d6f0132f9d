// SPDX-License-Identifier: MIT
// Table: the rows that numeric tests run over, each kind with a filler. `kOrdinary` are finite and
// have a softmax to measure errors against; `kHostile` are what bit comparisons add.
#pragma once
#include <float.h>
#include <math.h>
#include <string.h>

#include <iterator>

#include "buffers.h"

namespace tps::test {

struct Logits {
  const char* name;
  void (*fill)(float* x, size_t n, Rng& rng);
};

template <class Draw>
void fill_each(float* x, size_t n, const Draw& draw) {
  for (size_t i = 0; i < n; ++i) x[i] = static_cast<float>(draw(i));
}

inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}
inline uint32_t to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// Fisher and Yates.
inline void shuffle(float* x, size_t n, Rng& rng) {
  for (size_t i = n; i > 1; --i) {
    const size_t k = rng.below(i);
    const float last = x[i - 1];
    x[i - 1] = x[k];
    x[k] = last;
  }
}

inline constexpr Logits kOrdinary[] = {
    {"N(0,1)",
     [](float* x, size_t n, Rng& rng) { fill_each(x, n, [&](size_t) { return rng.normal(); }); }},
    {"N(0,10)", [](float* x, size_t n,
                   Rng& rng) { fill_each(x, n, [&](size_t) { return 10 * rng.normal(); }); }},
    {"N(0,30)", [](float* x, size_t n,
                   Rng& rng) { fill_each(x, n, [&](size_t) { return 30 * rng.normal(); }); }},
    {"uniform +-1000",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return rng.uniform(-1000, 1000); });
     }},
    {"all equal",
     [](float* x, size_t n, Rng& rng) {
       const double value = rng.uniform(-20, 20);
       fill_each(x, n, [&](size_t) { return value; });
     }},
    {"1e6 + N(0,10)",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return 1e6 + 10 * rng.normal(); });
     }},
    {"-1e6 + N(0,10)",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return -1e6 + 10 * rng.normal(); });
     }},
    {"one dominant",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return rng.normal(); });
       x[rng.below(n)] = 40;
     }},
    {"geometric tail",
     [](float* x, size_t n, Rng& rng) {
       const double step = rng.uniform(0.001, 1);
       fill_each(x, n, [&](size_t i) { return -step * static_cast<double>(i); });
       shuffle(x, n < 4096 ? n : 4096, rng);
     }},
    {"results near 2^-126",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return rng.uniform(-87.5, -87.0); });
       x[rng.below(n)] = 0;
     }},
    {"tiny logits",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return 1e-25 * rng.normal(); });
     }},
    {"subnormal logits",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return 1e-40 * rng.normal(); });
     }},
};

inline constexpr Logits kHostile[] = {
    {"results within some ULP of 2^-126",
     [](float* x, size_t n, Rng& rng) {
       const double other = rng.uniform(-3, 0), edge = -126 * log(2.0) + log1p(exp(other));
       fill_each(x, n, [&](size_t) { return edge + rng.uniform(-2e-5, 2e-5); });
       x[0] = 0;
       x[n / 2] = static_cast<float>(n > 1 ? other : 0);
       shuffle(x, n < 64 ? n : 64, rng);
     }},
    {"half masked",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return rng.below(2) != 0 ? -HUGE_VAL : 3 * rng.normal(); });
     }},
    {"blocks apart",
     [](float* x, size_t n, Rng& rng) {
       // Of 1,024 elements, each about a place of its own, and some wider than 127 binades.
       constexpr float kPlaces[] = {-87, -60, 0, 0, 3, 40, 44, 60, 88, 100, 130, 230};
       constexpr float kSpreads[] = {1, 1, 10, 40, 44, 45, 60, 88};
       double place = 0, spread = 0;
       fill_each(x, n, [&](size_t i) {
         if (i % 1024 == 0) {
           place = kPlaces[rng.below(std::size(kPlaces))];
           spread = kSpreads[rng.below(std::size(kSpreads))];
         }
         return place + rng.uniform(-spread, spread);
       });
     }},
    {"all masked",
     [](float* x, size_t n, Rng&) { fill_each(x, n, [](size_t) { return -HUGE_VAL; }); }},
    {"a NaN or two",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) { return 3 * rng.normal(); });
       for (int i = 0; i < 2; ++i)
         x[rng.below(n)] = from_bits((rng.below(2) != 0 ? 0x7f800001u : 0xff800001u) |
                                     static_cast<uint32_t>(rng.below(1 << 23)));
     }},
    {"about the limits of the fast path",
     [](float* x, size_t n, Rng& rng) {
       constexpr float kEdges[] = {65536.0f, -65000.0f, -65536.0f, 65000.0f, -65087.0f};
       const float edge = kEdges[rng.below(5)];
       fill_each(x, n, [&](size_t) { return edge + rng.uniform(-1, 1) * (rng.below(3) != 0); });
     }},
    {"extremes",
     [](float* x, size_t n, Rng& rng) {
       constexpr float kExtremes[] = {0.0f,     -0.0f,        FLT_MAX,  -FLT_MAX,    FLT_MIN,
                                      -FLT_MIN, FLT_TRUE_MIN, -1e-40f,  -HUGE_VALF,  1e-25f,
                                      88.0f,    -88.0f,       104.0f,   -104.0f,     3e38f,
                                      65536.0f, 65536.004f,   -65000.f, -65000.004f, 1e6f,
                                      16777216, -16777216,    1e30f,    -1e30f,      -87.33655f};
       const uint64_t kinds = 1 + rng.below(25);
       fill_each(x, n, [&](size_t) { return kExtremes[rng.below(kinds)]; });
     }},
    {"any bits",
     [](float* x, size_t n, Rng& rng) {
       for (size_t i = 0; i < n; ++i) x[i] = from_bits(static_cast<uint32_t>(rng.next()));
     }},
    {"any bits but NaN",
     [](float* x, size_t n, Rng& rng) {
       for (size_t i = 0; i < n; ++i) {
         x[i] = from_bits(static_cast<uint32_t>(rng.next()));
         if (!(x[i] - x[i] == 0)) x[i] = -HUGE_VALF;
       }
     }},
    {"any exponent below 2^16",
     [](float* x, size_t n, Rng& rng) {
       fill_each(x, n, [&](size_t) {
         return ldexp(rng.uniform(-1, 1), 16 - static_cast<int>(rng.below(160)));
       });
     }},
};

inline size_t random_length(Rng& rng) {
  const uint64_t dice = rng.below(10000);
  if (dice < 9000) return 1 + rng.below(64);
  if (dice < 9950) return 65 + rng.below(192);
  if (dice < 9999) return 257 + rng.below(900);
  return 4000 + rng.below(20000);
}

inline float random_scale(Rng& rng) {
  constexpr float kScales[] = {0.7f, 1 / 0.3f, 1e-3f, 100.0f, 1e30f, 1e-37f, 1e-40f, FLT_MAX};
  return rng.below(3) != 0 ? 1.0f : kScales[rng.below(8)];
}

inline const Logits& random_kind(Rng& rng) {
  constexpr size_t kKinds = std::size(kOrdinary), kAll = kKinds + std::size(kHostile);
  const size_t kind = rng.below(kAll);
  return kind < kKinds ? kOrdinary[kind] : kHostile[kind - kKinds];
}

}  // namespace tps::test
