// SPDX-License-Identifier: MIT
// Rows of float64 along an inner axis: panels of eight neighbouring columns, one to a lane. What is
// done once per block and column is that of passes64.h, in plain C++.
#pragma once
#include "convert.h"
#include "passes64.h"

namespace {

// Eight of anything that a column has, as a vector.
struct Eight {
  alignas(64) double of[kPanel64];
  D vector() const { return load(of); }
};

// The exponentials of one block of a panel: z in v, exponentials out. One BlockSum64 per column,
// `apart` blocks from each other.
TPS_OUT_OF_LINE void sum_columns(double* v, size_t pitch, size_t rows, D highest,
                                 BlockSum64* blocks, size_t apart) {
  Eight max_z, offset, lowest, sums, rests;
  store(max_z.of, highest);
  for (size_t c = 0; c < kPanel64; ++c) {
    const int32_t exponent = reference_exponent(max_z.of[c]);
    const uint64_t shift = static_cast<uint64_t>(0 - exponent) << 52;
    memcpy(&offset.of[c], &shift, sizeof(shift));
    lowest.of[c] = (exponent - kReach64) * kLn2Hi64;
    blocks[c * apart].exponent = exponent;
    blocks[c * apart].max = max_z.of[c];
  }
  const Table64 table = exp64_table(0);
  const L by = bits(offset.vector());
  const D least = lowest.vector();
  Lanes64 lanes[8];
  for (size_t r = 0; r < rows; ++r) {
    double* const at = v + r * pitch;
    const D e = exp_scaled(max(least, load(at)), table, by);
    store(at, e);
    lanes[r % 8].add_one(e);
  }
  D high[8], low[8];
  for (size_t j = 0; j < 8; ++j) {
    high[j] = sub(lanes[j].high, set_d(kAnchor));
    low[j] = lanes[j].low;
  }
  const auto folded = [](const D(&d)[8]) {
    return add(add(add(d[0], d[4]), add(d[2], d[6])), add(add(d[1], d[5]), add(d[3], d[7])));
  };
  const D h = folded(high), l = folded(low), sum = add(h, l);
  store(sums.of, sum);
  store(rests.of, sub(l, sub(sum, h)));
  for (size_t c = 0; c < kPanel64; ++c) {
    blocks[c * apart].sum = sums.of[c];
    blocks[c * apart].low = rests.of[c];
  }
}

// Scaling64 of one block, column by column.
struct Scalings64 {
  Eight reciprocal, low, least, power1, power2;
  TPS_OUT_OF_LINE void set_one(size_t c, const Normalizer64& norm, const BlockSum64& block) {
    const int32_t all = norm.exponent - block.exponent;
    const int32_t down = all > kReach64 ? kReach64 : all;
    reciprocal.of[c] = norm.reciprocal;
    low.of[c] = norm.low;
    least.of[c] = all > kReach64 ? kInfinity64 : pow2(down + kHeadroom64 - 1022);
    power1.of[c] = pow2(-kHeadroom64 / 2 - down / 2);
    power2.of[c] = pow2(-kHeadroom64 / 2 - (down - down / 2));
  }
};

TPS_OUT_OF_LINE Normalizer64 norm_of(const BlockSum64* blocks, size_t count) {
  return normalizer(fold(blocks, count));
}

// See Kernels64.
bool columns64(const double* x, double* tile, double* y, size_t n, size_t stride, size_t width,
               double scale) {
  const size_t panels = (width + kPanel64 - 1) / kPanel64, pitch = kPanel64 * panels;
  const size_t count = (n + kBlock64 - 1) / kBlock64;
  auto* const blocks = reinterpret_cast<BlockSum64*>(tile + n * pitch);
  const auto width_at = [&](size_t k) {
    return width - kPanel64 * k < kPanel64 ? width - kPanel64 * k : kPanel64;
  };
  const auto rows_at = [&](size_t b) {
    return n - b * kBlock64 < kBlock64 ? n - b * kBlock64 : kBlock64;
  };
  D row_max[kMostPanels64];
  for (D& m : row_max) m = set_d(-kInfinity64);
  for (size_t b = 0; b < count; ++b) {
    double* const v = tile + b * kBlock64 * pitch;
    D block_max[kMostPanels64];
    for (D& m : block_max) m = set_d(-kInfinity64);
    for (size_t r = 0; r < rows_at(b); ++r, x += stride)
      for (size_t k = 0; k < panels; ++k) {
        prefetch(x + kPanel64 * k + kRowsAhead * stride);
        const double* from = x + kPanel64 * k;
        const size_t some = width_at(k);
        const D z = mul(some == kPanel64 ? load(from) : load_n(from, some, 0), set_d(scale));
        store(v + r * pitch + kPanel64 * k, z);
        block_max[k] = max(z, block_max[k]);
      }
    for (size_t k = 0; k < panels; ++k) {
      row_max[k] = max(block_max[k], row_max[k]);
      sum_columns(v + kPanel64 * k, pitch, rows_at(b), block_max[k],
                  blocks + kPanel64 * k * count + b, count);
    }
  }

  Normalizer64 norms[kMostPanels64 * kPanel64];
  for (size_t k = 0; k < panels; ++k) {
    Eight highest;
    store(highest.of, row_max[k]);
    for (size_t c = 0; c < kPanel64; ++c) {
      if (!(highest.of[c] >= kLowest64 && highest.of[c] <= kSafe64)) return false;
      const size_t column = kPanel64 * k + c;
      norms[column] = norm_of(blocks + column * count, count);
    }
  }
  const D nan = set_d(__builtin_nan(""));
  constexpr size_t kRows = 16;
  for (size_t b = 0; b < count; ++b) {
    Scalings64 scalings[kMostPanels64];
    for (size_t c = 0; c < pitch; ++c)
      scalings[c / kPanel64].set_one(c % kPanel64, norms[c], blocks[c * count + b]);
    for (size_t i = b * kBlock64, end = i + rows_at(b); i < end; i += kRows)
      for (size_t k = 0; k < panels; ++k) {
        const Scalings64& all = scalings[k];
        const D reciprocal = all.reciprocal.vector(), low = all.low.vector();
        const D least = all.least.vector();
        const D power1 = all.power1.vector(), power2 = all.power2.vector();
        for (size_t r = i; r < i + kRows && r < end; ++r) {
          double* const to = y + r * stride + kPanel64 * k;
          prefetch(to + kRowsAhead * stride);
          const D e = load(tile + r * pitch + kPanel64 * k);
          const D p = fma(e, reciprocal, mul(e, low));
          const D q = mul(mul(unless_less(p, least, p), power1), power2);
          store_some(to, if_less(q, kInfinity64, q, nan), width_at(k));
        }
      }
  }
  return true;
}

}  // namespace
