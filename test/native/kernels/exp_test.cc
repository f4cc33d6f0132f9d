// SPDX-License-Identifier: MIT
// The core of every isa against libm's exp in double, through the first pass, which stores it: a
// dense sample of the floats with |z| <= kSafe, or with --exhaustive each of them.
#include <math.h>

#include "../forms.h"
#include "../logits.h"

namespace tps::test {
namespace {

// kScale e^z as a multiple of 2^(exponent - kHeadroom). ln2_hi times an exponent is exact.
double exact_exp(float z, int32_t exponent) {
  constexpr double kLn2High = 0x1.62e42fep-1, kLn2Low = 0x1.f473de6af278fp-30;
  const double t = (z - exponent * kLn2High) - exponent * kLn2Low;
  return kScale * exp(t) * (1 << kHeadroom);
}

double spacing(double value) {
  int exponent;
  frexp(value, &exponent);
  return ldexp(1.0, exponent - 24);
}

// Ascending floats, a block at a time, to all isas.
class Sweep {
 public:
  void add(float z) {
    // A reference reaches 2^-132 below the block's maximum, so few blocks end early.
    if (count_ > 0 && z > z_[0] + 80) flush();
    z_[count_++] = z;
    if (count_ == kBlock) flush();
  }

  void flush() {
    if (count_ == 0) return;
    const float max = z_[count_ - 1];
    const Input in{z_, 1, 0, 0, Input::kPlain};
    BlockSum block;
    kKernels_scalar.sum_exp(in, count_, v_, &block, &max);
    for (const Isa isa : others_) {
      BlockSum other;
      kernels_for(isa)->sum_exp(in, count_, w_, &other, &max);
      if (memcmp(w_, v_, count_ * sizeof(float)) != 0 || other.exponent != block.exponent ||
          other.sum != block.sum)
        fail(__FILE__, __LINE__, std::string(isa_row(isa).name) + " differs near " + show(max));
    }
    for (size_t i = 0; i < count_; ++i) {
      const double exact = exact_exp(z_[i], block.exponent);
      const double error = fabs(v_[i] - exact) / spacing(exact);
      if (!(error <= worst_.by)) worst_ = {z_[i], error};
      // Across blocks: both as multiples of the former's unit.
      const double before = i > 0 ? v_[i - 1] : ldexp(last_, last_exponent_ - block.exponent);
      if (v_[i] < before && falls_++ == 0) fall_ = z_[i];
    }
    last_ = v_[count_ - 1];
    last_exponent_ = block.exponent;
    seen_ += count_;
    count_ = 0;
  }

  void check(uint64_t at_least) const {
    const Note note("worst at " + show(worst_.z) + ", first fall at " + show(fall_));
    CHECK(worst_.by <= kExpUlp);
    CHECK(worst_.by > 0.5);
    CHECK_EQ(falls_, 0);
    CHECK(seen_ > at_least);
  }
  double worst() const { return worst_.by; }
  uint64_t seen() const { return seen_; }

 private:
  const std::vector<Isa> others_ = [] {
    std::vector<Isa> isas = runnable_isas();
    isas.erase(isas.begin());  // scalar
    return isas;
  }();
  alignas(64) float z_[kBlock], v_[kBlock], w_[kBlock];
  size_t count_ = 0;
  uint64_t seen_ = 0;
  struct {
    float z;
    double by;
  } worst_ = {0, 0};
  double last_ = 0;
  int32_t last_exponent_ = 0;
  uint64_t falls_ = 0;
  float fall_ = 0;
};

TEST(exp_core_is_within_its_bound_and_never_falls) {
  const uint32_t step = exhaustive() ? 1 : 61;
  const uint32_t last = to_bits(kSafe), first = static_cast<uint32_t>(seed() % step);
  Sweep sweep;
  sweep.add(-kSafe);
  for (uint32_t u = last - 1 - first; u < last && u >= 1; u -= step) {
    sweep.add(-from_bits(u));
    if (u < step) break;
  }
  sweep.add(-0.0f);
  for (uint32_t u = first; u < last; u += step) sweep.add(from_bits(u));
  sweep.add(kSafe);
  sweep.flush();
  printf("  exp: %llu floats, at most %.4f ULP off\n",
         static_cast<unsigned long long>(sweep.seen()), sweep.worst());
  sweep.check(2ull * last / step);
}

// Neighbours where the reduction changes its k, and the bits around it.
TEST(exp_core_at_the_seams) {
  Sweep sweep;
  const double eighth = 0.6931471805599453 / 8;
  const int last = static_cast<int>(kSafe / eighth), step = exhaustive() ? 1 : 7;
  for (int k = -last; k<last; k += k> - 3000 && k < 3000 ? 1 : step) {
    const float seam = static_cast<float>((k + 0.5) * eighth);
    float z = seam;
    for (int i = 0; i < 8; ++i) z = nextafterf(z, -HUGE_VALF);
    for (int i = 0; i < 17; ++i, z = nextafterf(z, HUGE_VALF)) sweep.add(z);
  }
  sweep.flush();
  sweep.check(1000000);
}

// Every float alone in a row: the other half of the 2^32 is out of the core's range.
TEST(exp_core_alone_in_a_row) {
  const uint64_t step = exhaustive() ? 1 : 65521;
  std::vector<float> x, y;
  const auto flush = [&] {
    y.resize(x.size());
    for (const Isa isa : runnable_isas()) {
      run(isa, {Form::kRows, false, 1, false}, {x.data(), y.data(), x.size(), 1, 1, 1.0f, false});
      for (size_t i = 0; i < x.size(); ++i) {
        // v * fl(1 / v) is 1 or the float below it.
        const bool finite = x[i] - x[i] == 0, right = y[i] == 1 || y[i] == 1 - 0x1p-24f;
        if (finite ? !right : to_bits(y[i]) != 0x7fc00000)
          fail(__FILE__, __LINE__, show(x[i]) + " gives " + show(y[i]));
      }
    }
    x.clear();
  };
  for (uint64_t u = 0; u <= UINT32_MAX; u += step) {
    x.push_back(from_bits(static_cast<uint32_t>(u)));
    if (x.size() == 4096) flush();
  }
  flush();
}

}  // namespace
}  // namespace tps::test
