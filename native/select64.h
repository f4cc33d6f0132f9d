// SPDX-License-Identifier: MIT
// largest.h and weighed_row.h in float64: by plain comparisons, with an array of the weights. And
// which of them serves which arithmetic type.
#pragma once
#include "largest.h"
#include "weighed_row.h"

namespace tps {

class Largest64 {
 public:
  // The logit itself, as another thread may be writing to shared memory: an order that changes
  // would lead the sorts astray.
  struct Item {
    double x;
    uint32_t index;
  };
  static size_t capacity(size_t k, size_t n) { return n / 2 < k ? n : 2 * k; }

  Largest64(const Kernels&, size_t k, Item* items) : k_(k), items_(items) {}

  void add(const double* x, size_t n);
  void add(const double* x, size_t n, const double*) { add(x, n); }
  double threshold() const { return threshold_; }
  bool has_nan() const { return has_nan_; }
  void skip_to(size_t index) { seen_ = index; }
  size_t finish();
  size_t index(size_t place) const { return items_[place].index; }

 private:
  void cut();

  const size_t k_;
  Item* const items_;
  size_t count_ = 0, seen_ = 0;
  double threshold_ = -__builtin_huge_val();
  bool has_nan_ = false;
};

class WeighedRow64 {
 public:
  WeighedRow64(const Kernels& kernels, const Plan& plan, size_t most, bool nucleus, Memory* memory);

  bool weigh(const double* x, size_t n, double scale);
  void filter(double top_p, double min_p, bool sorted);
  Drawn draw(double u) const;

 private:
  void keep_nucleus(double target, size_t count);

  const Kernels& kernels_;
  const Plan& plan_;
  BlockSum64* const blocks_;
  double* const weights_;  // what is out is 0
  uint32_t* const order_;
  size_t n_ = 0;
  double total_ = 0;
};

template <typename T>
struct Selection {
  using Largest = tps::Largest;
  using WeighedRow = tps::WeighedRow;
};
template <>
struct Selection<double> {
  using Largest = Largest64;
  using WeighedRow = WeighedRow64;
};

}  // namespace tps
