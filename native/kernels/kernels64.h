// SPDX-License-Identifier: MIT
// The contract of the kernels on float64: kernels.h with other constants, and sums of two doubles.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

// The summation tree, for blocks of kBlock64 elements: the exponentials v = m * 2^(n - E +
// kHeadroom64) of element 8g + j are added to lane j, g rising, as high += v from kAnchor on (so
// that high is rounded to a multiple of the anchor's last place) and low += what high lost. The
// highs less kAnchor add up exactly; the lows fold as ((0+4)+(2+6))+((1+5)+(3+7)). The blocks add
// up in index order in double-double, each scaled by an exact power of two. Missing elements of the
// last group count as zero.
inline constexpr size_t kBlock64 = 1024;
inline constexpr double kAnchor = 0x1.8p+524;  // above the exponentials of a block, eight times

// As in kernels.h. With this headroom no product on the way is subnormal.
inline constexpr int32_t kHeadroom64 = 512;
inline constexpr int32_t kReach64 = 1028;
inline constexpr double kScale64 = 0x1.00001427feacep+0;
inline constexpr double kExpUlp64 = 0.58;
inline constexpr double kSafe64 = 65536;
inline constexpr double kLowest64 = -64000;

// Here one form of z = fl(fl(x - before) * scale) - after serves all: the kernels are smaller, and
// hardly slower.
struct Input64 {
  const double* x;
  double scale, before, after;
  double masked = __builtin_nan("");
};

// kScale64 * sum of e^z = (sum + low) * 2^(exponent - kHeadroom64).
struct BlockSum64 {
  double sum, low;
  double max;  // of z; NaN elements are not seen here, but make `sum` NaN
  int32_t exponent;
  bool stored = false;  // as BlockSum has it
};

// Sum of e^z over a row, rounded once: mantissa * 2^exponent with mantissa in [1, 2), or NaN.
struct RowSum64 {
  double mantissa;
  int32_t exponent;
  double max;
};

// y = fl(m * (reciprocal + low)) * 2^(n - exponent), the product as fma(m, reciprocal, m * low),
// and +0 where that is below 2^-1022. reciprocal + low: of kScale64 * mantissa.
struct Normalizer64 {
  double reciprocal, low;
  int32_t exponent;
};

// Columns of n elements that lie `stride` apart, up to `width` at a time; so many of them side by
// side. `keep`: their exponentials, in the memory; else they are computed again.
inline constexpr size_t kPanel64 = 8, kMostAcross64 = 64;
struct ColumnJob64 {
  const double* x;
  double* y;
  size_t n, stride, width;
  double scale;
  bool keep;
  uint8_t* left;
  size_t bytes() const {
    const size_t across = width < kMostAcross64 ? (width + 7) / 8 * 8 : kMostAcross64;
    const size_t rows = keep || n < kBlock64 ? n : kBlock64, blocks = (n + kBlock64 - 1) / kBlock64;
    const size_t doubles = rows * across + 29 * across + 4 * width + 13 * 24;
    return doubles * sizeof(double) + width * blocks * sizeof(BlockSum64);
  }
};

struct Kernels64 {
  void (*sum_exp)(const Input64& in, size_t n, double* v, BlockSum64* blocks,
                  const double* known_max);
  void (*sum_blind)(const Input64& in, size_t n, double* v, BlockSum64* blocks);
  void (*scale_exp)(const Input64& in, double* y, size_t n, const Normalizer64& norm,
                    bool streaming);
  void (*scale)(double* y, size_t n, const BlockSum64* blocks, const Normalizer64& norm);
  size_t (*rows)(const Input64& in, double* y, size_t rows, size_t n);
  double (*max)(const Input64& in, size_t n);
  void (*turn)(const double* from, size_t from_pitch, double* to, size_t to_pitch, size_t height,
               size_t width);
  // Softmax of `width` neighbouring columns from element `at` on: z = fl(x * scale). False: nothing
  // was written, as columns have no maximum in [kLowest64, kSafe64]; `left` then has a 1 for each
  // sixteen columns with such, and a 0 for others. `memory`: of job.bytes().
  // nullptr: this isa does without.
  bool (*columns)(const ColumnJob64& job, void* memory, size_t at, size_t width);
};

}  // namespace tps
