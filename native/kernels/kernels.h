// SPDX-License-Identifier: MIT
// The contract of the kernels: arithmetic on contiguous float32, no failure, no allocation. One
// table of function pointers per isa; equal entries of two tables give equal bits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "kernels64.h"
#include "tables/dtypes.h"
#include "tables/streams.h"

namespace tps {

// The summation tree. A row is cut into blocks of kBlock elements; within a block the exponentials
// m * 2^(n - E) of elements 16g + j are added in double into lane j (j < 16), g rising; lanes j + 8
// are added to lanes j, and these fold as ((0+4)+(2+6))+((1+5)+(3+7)); the blocks add up in index
// order, in double, each scaled by an exact power of two. Missing elements count as zero.
inline constexpr size_t kBlock = 1024;

// Exponentials are held as m * 2^(n - E + kHeadroom), E a reference exponent. Elements below
// 2^(E - kReach) are raised to about that, the least normal numbers: no result can tell, and a sum
// only where two additions are ties but for them.
inline constexpr int32_t kHeadroom = 8;
inline constexpr int32_t kReach = 134;

// The factor that exp.h's mantissas carry, and what its results may be off by.
inline constexpr double kScale = 0x1.16747bf828402p+0;
inline constexpr double kExpUlp = 0.6;

// |z| up to which the range reduction is exact. Rows whose maximum lies outside [kLowest, kSafe]
// take the exact path; within, elements below -kSafe cannot count.
inline constexpr float kSafe = 65536.0f;
inline constexpr float kLowest = -65000.0f;

// What a kernel reads: z = fl(fl(x - before) * scale) - after. The shifts are finite, the scale is
// positive.
struct Input {
  const float* x;
  float scale, before, after;
  enum Kind : int32_t { kPlain, kScaled, kShifted } kind;
  float masked = __builtin_nanf("");  // what `rows` makes of a row of only -infinity
};

// Of the smallest exponential, where nothing is known of it.
inline constexpr int32_t kUnbounded = -(1 << 30);

// A block's share of the sum: kScale * sum of e^z = sum * 2^(exponent - kHeadroom).
struct BlockSum {
  double sum;
  int32_t exponent;
  float max;                    // of z; NaN elements are not seen here, but make `sum` NaN
  int32_t lowest = kUnbounded;  // no m * 2^n is below 2^lowest
  bool stored = false;          // for plumbing: whether the exponentials lie in the output
};

// Sum of e^z over a row: mantissa * 2^exponent with mantissa in [1, 2), or 0, or NaN.
struct RowSum {
  double mantissa;
  int32_t exponent;
  float max;
  int32_t lowest = kUnbounded;
};

// What the last pass multiplies with: y = fl(m * reciprocal) * 2^(n - exponent), and +0 where that
// is below 2^-126. `least` is the smallest m * 2^(n - exponent + kHeadroom) that stays; all do
// where the first pass found no smaller one.
struct Normalizer {
  float reciprocal;  // of kScale * mantissa
  float least;
  int32_t exponent;
  bool all_stay;
};

// A float sum of pairs, sum * 2^exponent, or of the online normalizer, sum * e^exponent.
struct ExtSum {
  float sum, exponent;
};

// The passes of the published algorithms (rivals.h). Whole rows, no special values.
struct Rivals {
  float (*reduce_max)(const float* x, size_t n);
  float (*reduce_exp)(const float* x, size_t n, float max);
  void (*scale_exp_minus)(const float* x, float* y, size_t n, float max, float factor);
  float (*store_exp)(const float* x, float* y, size_t n, float max);
  void (*scale_by)(float* y, size_t n, float factor);
  ExtSum (*reduce_ext)(const float* x, size_t n);
  void (*scale_ext)(const float* x, float* y, size_t n, float factor, float exponent);
  ExtSum (*reduce_online)(const float* x, size_t n);
};

// The passes of logSoftmax, logSumExp, entropy and stableMax (family.h).
struct Family {
  // As Kernels::sum_exp, with what entropy needs: where `weights` is given, weights[b] is the sum
  // of e^z * (max - z) in the units of block b, max being the block's. `limit`: only elements below
  // it count; nullptr: all.
  void (*sum)(const Input& in, size_t n, const float* limit, BlockSum* blocks, double* weights);
  // y = float((z - row_max) - log_sum), the differences in double.
  void (*log_scale)(const Input& in, float* y, size_t n, float row_max, double log_sum,
                    bool streaming);
  // StableMax scores of z = fl(x * scale), or of the exact product: their sums, one per block, and
  // the scores times `factor`, +0 below 2^-126.
  void (*stable_sum)(const float* x, size_t n, float scale, bool exact, double* blocks);
  void (*stable_scale)(const float* x, float* y, size_t n, float scale, bool exact, double factor,
                       bool streaming);
  // Largest |x| among the finite, at least 0.
  float (*max_magnitude)(const float* x, size_t n);
};

// What the memory gives (stream.h), in the order of tables/streams.h: y = x, or of x and z; read
// sweeps return the maximum of x. All three pointers are valid for n elements.
struct Streams {
  float (*run[kStreamCount])(const float* x, const float* z, float* y, size_t n);
};

// Elements of a dtype in memory, to and from the type that it is computed in: rows of n elements,
// `stride` apart in memory and `pitch` there. Rounded to nearest, ties to even, subnormals kept;
// every NaN of 16 bits is stored as one.
struct Storage {
  void (*read)(const void* x, size_t stride, void* row, size_t pitch, size_t rows, size_t n);
  void (*write)(const void* row, size_t pitch, void* y, size_t stride, size_t rows, size_t n);
};

// Columns are taken in panels of sixteen, kStep rows at a time, half as many where they are
// converted, or where sixteen short ones are no more, up to kLineMost elements: as many as the
// nearest cache holds with all that goes by.
inline constexpr size_t kPanel = 16, kStep = 64, kMostPanels = 256, kLineMost = 1600;
// Neighbouring columns, of which the first begins at element `at`. None where the width is 0.
struct ColumnGroup {
  size_t at, width;
};
// Columns of n elements that lie `stride` apart. `source`, `target`: how they are held, nullptr
// where that is float32. Groups have up to `panels` panels. What is fetched lies `lead` rows ahead.
// `keep`: the exponentials, all of them, in the memory; else they are kept in y, where that is
// float32, not x, and a group has all columns, or computed again. `infinite`: a column's infinite
// maximum makes its results NaN; else its panel is left, as `left` then says.
struct ColumnJob {
  const void* x;
  void* y;
  const Storage *source, *target;
  size_t x_bytes, y_bytes;  // of an element
  size_t n, stride, panels, lead;
  float scale;
  bool keep, infinite;
  uint8_t* left;
};
inline constexpr size_t kColumnsHead = 128 + 16 * sizeof(double) + 5 * 2 * kPanel * sizeof(float);
inline constexpr size_t kPanelBytes = kPanel * (17 * sizeof(double) + 5 * sizeof(float));
inline constexpr size_t column_bytes(size_t n, size_t panels, bool keep) {
  const size_t steps = keep ? (n + kStep - 1) / kStep : 1, tile = steps * kStep * kPanel * panels;
  return kColumnsHead + panels * kPanelBytes +
         ((tile < kLineMost ? kLineMost : tile) + 16) * sizeof(float);
}

// The second stream of a sweep, for the prefetchers.
inline constexpr size_t kSweepAhead = 4 * kBlock;

struct Kernels {
  // First pass. Fills one BlockSum per block; where `v` is given, stores m * 2^(n - E + kHeadroom)
  // there (v may equal x). `known_max`: the row's maximum, already found, serves all blocks as
  // reference; nullptr: each block finds its own.
  void (*sum_exp)(const Input& in, size_t n, float* v, BlockSum* blocks, const float* known_max);
  // The same, faster, for who needs no maxima: a block may be relative to any exponent, and its
  // `max` is only some number in [kLowest, kSafe] where the block's lies there.
  void (*sum_blind)(const Input& in, size_t n, float* v, BlockSum* blocks);
  // sum_exp for kPlain and whole blocks that stores nothing, and the largest z of each lane, of
  // elements 16g + j in lanes[j].
  void (*sum_lanes)(const Input& in, size_t n, BlockSum* blocks, float* lanes);
  // Second pass, recompute form (y may equal x). `streaming`: non-temporal stores, pages
  // interleaved.
  void (*scale_exp)(const Input& in, float* y, size_t n, const Normalizer& norm, bool streaming);
  // Second pass, reload form: y holds what sum_exp stored.
  void (*scale)(float* y, size_t n, const BlockSum* blocks, const Normalizer& norm);
  // Both passes for rows of n <= kBlock elements each. Returns the index of the first row that was
  // left, or `rows`: one without a finite maximum of z that was not masked as a whole. Where y is
  // the input it is untouched from there on. No shifts.
  size_t (*rows)(const Input& in, float* y, size_t rows, size_t n);
  // Largest z; NaN elements are skipped.
  float (*max)(const Input& in, size_t n);
  // Indices of the elements that are not at most `threshold`, rising; a NaN is not. `indices` has
  // room for n, n < 2^32. Returns how many. As much is fetched from `next` on, which may point
  // anywhere: what will be read next, or where that goes on, x + kSweepAhead.
  size_t (*above)(const float* x, size_t n, float threshold, uint32_t* indices, const float* next);
  Rivals rivals;
  Family family;
  Streams streams;
  Kernels64 float64;
  Storage storage[kDtypeCount];
  // to[c][r] = from[r][c] for r < height, c < width.
  void (*turn)(const float* from, size_t from_pitch, float* to, size_t to_pitch, size_t height,
               size_t width);
  // Softmax of groups of columns, z = fl(x * scale), one call after the other: writes the results
  // of `before`, which was `now` in the call before, and sums up `now`; `after` is fetched. The
  // first call has none of them. False: columns of `now` have no maximum in [kLowest, kSafe], and
  // nothing of it is to be written; `left` then has a 1 for their panels and a 0 for others.
  // `memory`: column_bytes() from a cache line on. nullptr: this isa does without.
  bool (*columns)(const ColumnJob& job, void* memory, ColumnGroup before, ColumnGroup now,
                  ColumnGroup after);
};

}  // namespace tps

namespace {
using namespace tps;  // kernel files are one unnamed namespace over the contract
}

// TPS_ON_A_LINE: for functions whose loops are so short that it tells where in a line of code they
// begin, else the size of other functions would decide it.
// The others are for what stands inside the loops: a compiler that weighs size would call some of
// it, and GCC drops calls of what only prefetches. The scalar kernels are small rather than fast.
#if defined(_MSC_VER) && !defined(__clang__)
#define TPS_OUT_OF_LINE __declspec(noinline)
#define TPS_IN_REGISTER(vector)
#define TPS_ON_A_LINE
#else
#define TPS_ON_A_LINE __attribute__((aligned(64)))
#if defined(__clang__)
#define TPS_OUT_OF_LINE __attribute__((noinline))
#else
#define TPS_OUT_OF_LINE __attribute__((noinline, noclone))
#endif
#define TPS_IN_REGISTER(vector) asm("" : "+v"(vector))
#endif
#if defined(TPS_ISA_scalar)
#define TPS_INLINE inline
#define TPS_INLINE_LAMBDA
#elif defined(_MSC_VER) && !defined(__clang__)
#define TPS_INLINE __forceinline
#define TPS_INLINE_LAMBDA
#else
#define TPS_INLINE inline __attribute__((always_inline))
#define TPS_INLINE_LAMBDA __attribute__((always_inline))
#endif
