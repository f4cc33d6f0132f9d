// SPDX-License-Identifier: MIT
// Rows of float64 along an inner axis, line by line as they lie in memory: what a column has is
// kept side by side. The operations on each element, and their order in the sum, are those of
// passes64.h; what is done once per block and column is in plain C++.
#pragma once
#include "column_lines.h"
#include "convert.h"
#include "passes64.h"

namespace {

// Elements of some columns, one after the other, and after the last column the first again.
// Something that each column has is repeated accordingly, so that there are eight from any one on.
struct Line64 {
  size_t n, width;
  static constexpr size_t kRepeated = 16;
  // body(where, its column, how many)
  template <typename Body>
  TPS_INLINE void each_vector(Body body) const {
    go_round<8>(n, width, body);
  }
};
TPS_OUT_OF_LINE void repeat(double* each, size_t width) {
  for (size_t i = 0; i < Line64::kRepeated; ++i) each[width + i] = each[i];
}

// The z of some lines of n elements, and the largest of those above each other.
TPS_OUT_OF_LINE void read_lines(const double* x, size_t stride, double* z, size_t pitch,
                                size_t lines, size_t n, double scale, double* most) {
  for (; lines > 0; --lines, x += stride, z += pitch)
    each_eight(0, n, [&](size_t i, size_t count) {
      prefetch(x + i + kRowsAhead * stride);
      const D v = mul(count < 8 ? load_n(x + i, count, -kInfinity64) : load(x + i), set_d(scale));
      store(z + i, v);
      store(most + i, max(v, load(most + i)));
    });
}

// The exponents that the exponentials of each column are relative to.
struct References64 {
  double *offset, *lowest;
  TPS_OUT_OF_LINE void set_one(size_t column, int32_t exponent) const {
    const uint64_t shift = static_cast<uint64_t>(0 - exponent) << 52;
    memcpy(&offset[column], &shift, sizeof(shift));
    lowest[column] = (exponent - kReach64) * kLn2Hi64;
  }
  void repeat(size_t width) const {
    ::repeat(offset, width);
    ::repeat(lowest, width);
  }
  TPS_INLINE D exp(D z, const Table64& table, size_t column) const {
    return exp_scaled(max(load(lowest + column), z), table, bits(load(offset + column)));
  }
};

// The lanes of the sums of each column.
struct Sums64 {
  double *high, *low;
  TPS_OUT_OF_LINE void clear(size_t n) const {
    for (size_t i = 0; i < n; i += 8) {
      store(high + i, set_d(kAnchor));
      store(low + i, zero_d());
    }
  }
  TPS_INLINE void add_one(size_t i, D v) const {
    Lanes64 lanes{load(high + i), load(low + i)};
    lanes.add_one(v);
    store(high + i, lanes.high);
    store(low + i, lanes.low);
  }
};

// z in v, exponentials out; eight rows make a line, the last may be shorter.
TPS_OUT_OF_LINE void sum_lines(double* v, size_t n, Line64 line, References64 references,
                               Sums64 sums) {
  const Table64 table = exp64_table(0);
  for (size_t at = 0, most = line.n; at < n; at += most) {
    line.n = n - at < most ? n - at : most;
    line.each_vector([&](size_t i, size_t column, size_t count) {
      D e = references.exp(load(v + at + i), table, column);
      if (count < 8) e = first_n(e, count);
      store(v + at + i, e);
      sums.add_one(i, e);
    });
  }
}

// What exponentials are multiplied with, column by column; see Scaling64.
struct Factors64 {
  double *reciprocal, *low;
  void repeat(size_t width) const {
    ::repeat(reciprocal, width);
    ::repeat(low, width);
  }
  TPS_INLINE D result(D e, size_t column, D least, D power1, D power2) const {
    const D p = fma(e, load(reciprocal + column), mul(e, load(low + column)));
    const D q = mul(mul(unless_less(p, least, p), power1), power2);
    return if_less(q, kInfinity64, q, set_d(__builtin_nan("")));
  }
};

// Of a block whose exponentials were kept.
struct Scalings64 {
  double *least, *power1, *power2;
  TPS_OUT_OF_LINE void set_one(size_t column, int32_t all) const {
    const int32_t down = all > kReach64 ? kReach64 : all;
    least[column] = all > kReach64 ? kInfinity64 : pow2(down + kHeadroom64 - 1022);
    power1[column] = pow2(-kHeadroom64 / 2 - down / 2);
    power2[column] = pow2(-kHeadroom64 / 2 - (down - down / 2));
  }
  void repeat(size_t width) const {
    ::repeat(least, width);
    ::repeat(power1, width);
    ::repeat(power2, width);
  }
};
TPS_OUT_OF_LINE void scale_line(const double* v, double* y, Line64 line, size_t ahead,
                                Factors64 factors, Scalings64 scalings) {
  line.each_vector([&](size_t i, size_t column, size_t count) {
    prefetch(y + i + ahead);
    const D least = load(scalings.least + column), power1 = load(scalings.power1 + column);
    const D power2 = load(scalings.power2 + column);
    store_some(y + i, factors.result(load(v + i), column, least, power1, power2), count);
  });
}
// Of exponentials that are computed again.
TPS_OUT_OF_LINE void exp_scale_line(const double* x, double* y, Line64 line, size_t ahead,
                                    double scale, References64 references, Factors64 factors) {
  const Table64 table = exp64_table(0);
  const D least = set_d(pow2(kHeadroom64 - 1022)), power = set_d(pow2(-kHeadroom64 / 2));
  line.each_vector([&](size_t i, size_t column, size_t count) {
    prefetch(x + i + ahead);
    prefetch(y + i + ahead);
    const D v = count < 8 ? load_n(x + i, count, 0) : load(x + i);
    const D e = references.exp(mul(v, set_d(scale)), table, column);
    store_some(y + i, factors.result(e, column, least, power, power), count);
  });
}

TPS_OUT_OF_LINE Normalizer64 norm_of(const BlockSum64* blocks, size_t count, double* max) {
  const RowSum64 sum = fold(blocks, count);
  *max = sum.max;
  return normalizer(sum);
}

// See Kernels64. Columns that fill whole rows of memory, and few of these, are one line of
// everything; else each row is a line.
class ColumnCall64 {
 public:
  ColumnCall64(const ColumnJob64& job, size_t width, void* memory)
      : job_(job),
        width_(width),
        across_(width < kMostAcross64 ? width : kMostAcross64),
        whole_(width == job.stride && width <= kMostAcross64),
        pitch_(whole_ ? width : (across_ + 7) / 8 * 8),
        count_((job.n + kBlock64 - 1) / kBlock64),
        next_(static_cast<double*>(memory)),
        tile_(take((job.keep || job.n < kBlock64 ? job.n : kBlock64) * pitch_)),
        most_(take(8 * pitch_)),
        sums_{take(8 * pitch_), take(8 * pitch_)},
        references_{take(pitch_), take(pitch_)},
        scalings_{take(pitch_), take(pitch_), take(pitch_)},
        again_{take(width), take(width)},
        factors_{take(width), take(width)},
        blocks_(reinterpret_cast<BlockSum64*>(next_)) {}

  bool run(const double* x, double* y) const {
    for (size_t b = 0; b < count_; ++b)
      for (size_t c = 0; c < width_; c += across_) {
        double* const v = tile_ + (job_.keep ? b * kBlock64 * pitch_ : 0);
        sum_block(x + b * kBlock64 * job_.stride + c, v, b, c);
      }
    if (!find_factors()) return false;
    if (job_.keep)
      for (size_t b = 0; b < count_; ++b) scale_block(y + b * kBlock64 * job_.stride, b);
    else
      compute_again(x, y);
    return true;
  }

 private:
  static constexpr size_t kRows = 16;

  TPS_OUT_OF_LINE double* take(size_t n) {
    double* const p = next_;
    next_ += (n + Line64::kRepeated + 7) / 8 * 8;
    return p;
  }
  size_t rows_of(size_t b) const {
    return job_.n - b * kBlock64 < kBlock64 ? job_.n - b * kBlock64 : kBlock64;
  }
  BlockSum64* block(size_t column, size_t b) const { return blocks_ + column * count_ + b; }

  TPS_OUT_OF_LINE void sum_block(const double* x, double* v, size_t b, size_t first) const {
    const size_t rows = rows_of(b), left = width_ - first;
    const size_t columns = left < across_ ? left : across_, line = 8 * pitch_;
    for (size_t i = 0; i < line; i += 8) store(most_ + i, set_d(-kInfinity64));
    if (whole_) {
      read_lines(x, line, v, line, rows / 8, line, job_.scale, most_);
      const size_t read = rows / 8 * line;
      read_lines(x + read, 0, v + read, 0, 1, rows * pitch_ - read, job_.scale, most_);
    } else {
      read_lines(x, job_.stride, v, pitch_, rows, columns, job_.scale, most_);
    }
    for (size_t j = 1; j < 8 && whole_; ++j)
      for (size_t c = 0; c < pitch_; c += 8)
        store(most_ + c, max(load(most_ + c), load(most_ + j * pitch_ + c)));
    for (size_t c = 0; c < pitch_; ++c) {
      const int32_t exponent = reference_exponent(most_[c]);
      references_.set_one(c, exponent);
      if (c >= columns) continue;
      block(first + c, b)->exponent = exponent;
      block(first + c, b)->max = most_[c];
    }
    references_.repeat(pitch_);
    sums_.clear(line);
    sum_lines(v, rows * pitch_, {line, pitch_}, references_, sums_);
    for (size_t c = 0; c < columns; c += 8) fold_lanes(c, columns - c, block(first + c, b));
  }

  // Of up to eight columns.
  TPS_OUT_OF_LINE void fold_lanes(size_t column, size_t count, BlockSum64* block) const {
    alignas(64) double sums[8], rests[8];
    D high[8], low[8];
    for (size_t j = 0; j < 8; ++j) {
      high[j] = sub(load(sums_.high + j * pitch_ + column), set_d(kAnchor));
      low[j] = load(sums_.low + j * pitch_ + column);
    }
    const auto folded = [](const D(&d)[8]) {
      return add(add(add(d[0], d[4]), add(d[2], d[6])), add(add(d[1], d[5]), add(d[3], d[7])));
    };
    const D h = folded(high), l = folded(low), sum = add(h, l);
    store(sums, sum);
    store(rests, sub(l, sub(sum, h)));
    for (size_t c = 0; c < count && c < 8; ++c, block += count_) {
      block->sum = sums[c];
      block->low = rests[c];
    }
  }

  // False: a column has no maximum in range.
  TPS_OUT_OF_LINE bool find_factors() const {
    bool good = true;
    for (size_t c = 0; c < width_; ++c) {
      double max;
      const Normalizer64 norm = norm_of(block(c, 0), count_, &max);
      uint8_t& left = job_.left[c / kPanel];
      if (c % kPanel == 0) left = 0;
      if (!(max >= kLowest64 && max <= kSafe64)) left = 1;
      good = good && left == 0;
      if (!good) continue;
      factors_.reciprocal[c] = norm.reciprocal;
      factors_.low[c] = norm.low;
      if (!job_.keep) again_.set_one(c, norm.exponent);
      for (size_t b = 0; b < count_ && job_.keep; ++b)
        block(c, b)->exponent = norm.exponent - block(c, b)->exponent;
    }
    factors_.repeat(width_);
    if (!job_.keep) again_.repeat(width_);
    return good;
  }

  TPS_OUT_OF_LINE void scale_block(double* y, size_t b) const {
    const double* v = tile_ + b * kBlock64 * pitch_;
    for (size_t c = 0; c < width_; ++c) scalings_.set_one(c, block(c, b)->exponent);
    scalings_.repeat(width_);
    const size_t rows = rows_of(b), ahead = kRowsAhead * job_.stride;
    if (whole_) return scale_line(v, y, {rows * width_, width_}, ahead, factors_, scalings_);
    for (size_t r = 0; r < rows; ++r, v += pitch_, y += job_.stride)
      scale_line(v, y, {width_, width_}, ahead, factors_, scalings_);
  }

  TPS_OUT_OF_LINE void compute_again(const double* x, double* y) const {
    const size_t n = job_.n, stride = job_.stride, ahead = kRows * stride;
    if (whole_)
      return exp_scale_line(x, y, {n * width_, width_}, ahead, job_.scale, again_, factors_);
    constexpr size_t kAcross = 256;
    for (size_t i = 0; i < n; i += kRows)
      for (size_t c = 0; c < width_; c += kAcross) {
        const size_t left = width_ - c, columns = left < kAcross ? left : kAcross;
        const References64 references = {again_.offset + c, again_.lowest + c};
        const Factors64 factors = {factors_.reciprocal + c, factors_.low + c};
        for (size_t r = i; r < n && r < i + kRows; ++r)
          exp_scale_line(x + r * stride + c, y + r * stride + c, {columns, columns}, ahead,
                         job_.scale, references, factors);
      }
  }

  const ColumnJob64& job_;
  const size_t width_, across_;
  const bool whole_;
  const size_t pitch_, count_;
  double* next_;
  double *const tile_, *const most_;
  const Sums64 sums_;
  const References64 references_;
  const Scalings64 scalings_;
  const References64 again_;
  const Factors64 factors_;
  BlockSum64* const blocks_;
};

bool columns64(const ColumnJob64& job, void* memory, size_t at, size_t width) {
  return ColumnCall64(job, width, memory).run(job.x + at, job.y + at);
}

}  // namespace
