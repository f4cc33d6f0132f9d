// SPDX-License-Identifier: MIT
// The calls of family.h on one row each, and rows of all sorts to try them on.
#pragma once
#include "native/family.h"

#include <math.h>

#include <vector>

#include "buffers.h"
#include "check.h"
#include "native/dispatch.h"
#include "native/kernels/table.h"

namespace tps::test {
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

inline std::vector<Isa> isas() {
  std::vector<Isa> all;
  for (const IsaRow& row : kIsas)
    if (kernels_for(row.isa) != nullptr && runnable(row.isa, host_cpu())) all.push_back(row.isa);
  return all;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  return a.empty() || memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

inline Request request_of(const Floats& x, Floats* y, Isa isa = Isa::kScalar) {
  Request request;
  request.input = x.data();
  request.output = y != nullptr ? y->data() : nullptr;
  request.n = x.size();
  request.isa = isa;
  return request;
}

// Rows of all sorts: flat, peaked, far from 0, masked, beyond the fast path.
inline Floats row_of(Rng& rng, size_t n, int sort) {
  static const float kRanges[] = {1e-3f, 1, 10, 80, 1000, 1e6f, 3e9f, 3e38f};
  const float range = kRanges[sort % 8];
  Floats x(n);
  for (float& v : x) v = static_cast<float>(rng.uniform(-range, range));
  if (sort / 8 % 4 == 1) x[rng.below(n)] = range + static_cast<float>(rng.uniform(0, 60));
  if (sort / 8 % 4 == 2)
    for (float& v : x) v += v < 0 ? -70000 : 70000;
  if (sort / 8 % 4 == 3)
    for (float& v : x) v = rng.below(3) == 0 ? -kInf : v;
  return x;
}
inline constexpr int kSorts = 32;
inline constexpr size_t kLengths[] = {1,  2,  3,  7,   8,    15,   16,   17,   31,   40,
                                      64, 65, 99, 500, 1023, 1024, 1025, 4096, 9001, 20000};

using MapCall = Status (*)(const Request&) noexcept;
using ValueCall = Status (*)(const Request&, double*) noexcept;

inline Floats mapped(MapCall call, const Floats& x, Isa isa = Isa::kScalar, float scale = 1) {
  Floats y(x.size(), 7);
  Request request = request_of(x, &y, isa);
  request.scale = scale;
  CHECK_EQ(call(request), Status::kOk);
  return y;
}
inline double valued(ValueCall call, const Floats& x, Isa isa = Isa::kScalar) {
  double value = 7;
  CHECK_EQ(call(request_of(x, nullptr, isa), &value), Status::kOk);
  return value;
}
struct Sum {
  double mantissa = 7, exponent = 7;
  bool operator==(const Sum& o) const { return memcmp(this, &o, sizeof(o)) == 0; }
};
inline Sum summed(const Floats& x, Isa isa = Isa::kScalar) {
  Sum sum;
  CHECK_EQ(sum_exp(request_of(x, nullptr, isa), &sum.mantissa, &sum.exponent), Status::kOk);
  return sum;
}
inline Floats from_sum(const Floats& x, const Sum& sum, Isa isa = Isa::kScalar) {
  Floats y(x.size(), 7);
  CHECK_EQ(softmax_from(request_of(x, &y, isa), &sum.mantissa, &sum.exponent), Status::kOk);
  return y;
}

}  // namespace tps::test
