// SPDX-License-Identifier: MIT
// The sums of a block (kBlock), in double, one to a virtual lane; by conversions where vec_<isa>.h
// has no way of its own.
#pragma once
#include "kernels.h"

namespace {

inline double folded(Wide sums) { return reduce_add(add(sums.low, sums.high)); }

#if !defined(TPS_OWN_SUMS)
using Sums = Wide;
inline Sums sums_of(F v) { return widen(v); }
inline Sums sums_of(const float* p) { return widen(p); }
inline Wide in_order(Sums sums) { return sums; }

// Of up to sixteen rows; the others keep what they have.
class RowSums {
 public:
  explicit RowSums(double* to) : to_(to) {}
  void set(size_t row, Sums sums) { to_[row] = folded(sums); }
  void fold() const {}

 private:
  double* const to_;
};
#endif

}  // namespace
