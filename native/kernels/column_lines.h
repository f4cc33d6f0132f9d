// SPDX-License-Identifier: MIT
// What columns.h does to lines as they lie in memory, whatever columns their elements are of.
#pragma once
#include "short_rows.h"

namespace {

// Sixteen doubles of an array.
inline Wide wide_at(const double* p) { return {load_d(p), load_d(p + 8)}; }
inline void put(double* p, Wide v) {
  store(p, v.low);
  store(p + 8, v.high);
}
inline void clear(double* p, size_t n) {
  for (size_t i = 0; i < n; i += 16) put(p + i, {zero_d(), zero_d()});
}

// Rows of the tile, `pitch` apart: row 16g + j is added to lane j. The lanes lie like sixteen rows.
// `fresh`: nothing is there yet.
TPS_OUT_OF_LINE void add_rows(const float* v, size_t rows, size_t pitch, double* lanes,
                              bool fresh) {
  const size_t group = 16 * pitch, end = (rows + 15) / 16 * group;
  for (size_t i = 0; i < group; i += 16) {
    Wide lane = widen(v + i);
    if (!fresh) lane = add(wide_at(lanes + i), lane);
    for (size_t at = i + group; at < end; at += group) lane = add(lane, widen(v + at));
    put(lanes + i, lane);
  }
}
TPS_OUT_OF_LINE void end_block(const double* lanes, size_t pitch, double* sums) {
  for (size_t c = 0; c < pitch; c += 16) {
    const Wide sum = fold_each([&](size_t j) TPS_INLINE_LAMBDA {
      return add(wide_at(lanes + j * pitch + c), wide_at(lanes + (j + 8) * pitch + c));
    });
    put(sums + c, add(wide_at(sums + c), sum));
  }
}

// Something that each column has: one after the other and then again from the first on, so that
// there are sixteen from any one on.
struct EachColumn {
  float* data;
  F at(size_t column) const { return load(data + column); }
  void put(size_t column, F v) const { store(data + column, v); }
  TPS_OUT_OF_LINE void repeat(size_t width) const {
    for (size_t have = width, most = width + 32; have < most; have *= 2)
      memcpy(data + have, data, (most - have < have ? most - have : have) * sizeof(float));
  }
};

// The two ways to an exponential, and from there to a result.
struct InWindow {
  Window window;
  TPS_INLINE F exp(F z, size_t) { return window.exp(z); }
};
struct ByMaxima {
  EachColumn lowest, place;
  TPS_INLINE F exp(F z, size_t column) const {
    return LaneReference(lowest.at(column), place.at(column)).exp(z);
  }
};
struct ByFactor {
  EachColumn factor;
  TPS_INLINE F result(F v, size_t column) const { return mul(v, factor.at(column)); }
};
struct ByNorms {
  EachColumn factor, least, power;
  TPS_INLINE F result(F v, size_t column) const {
    Norms norms;
    norms.factor = factor.at(column);
    norms.least = least.at(column);
    norms.power = power.at(column);
    return number_or(norms.scaled(v), set(__builtin_nanf("")));  // a NaN has its operands' bits
  }
};

// What is computed again in a window is written at once.
struct Again {
  InWindow again;
  ByFactor factor;
  TPS_INLINE F exp(F z, size_t column) { return factor.result(again.exp(z, column), column); }
};

// The vectors of n elements that go round `width` columns, where these are few several times:
// body(where, its column, how many).
template <size_t kLanes, typename Body>
TPS_INLINE void go_round(size_t n, size_t width, const Body& body) {
  const size_t period = width < kLanes ? (kLanes - 1 + width) / width * width : width;
  for (size_t i = 0, column = 0; i < n; i += kLanes) {
    body(i, column, n - i < kLanes ? n - i : kLanes);
    column = column + kLanes < period ? column + kLanes : column + kLanes - period;
  }
}

// Lines of n elements above each other, `from` apart where they are read and `to` where they go. A
// line has an element of each column, or where whole rows follow each other, many. `x`, `y`: what
// is fetched meanwhile.
struct Lines {
  size_t rows, n, width, from, to;
  uintptr_t x, y;
  // body(where in a line, its column, how many)
  template <typename Body>
  TPS_INLINE void each_vector(Body body) const {
    go_round<16>(n, width, body);
  }
};

template <typename How>
TPS_OUT_OF_LINE void exp_lines(const float* x, float* v, const Lines& lines, const ColumnJob& job,
                               How* how) {
  How by = *how;
  const F scale = set(job.scale);
  const size_t x_bytes = job.x_bytes, y_bytes = job.y_bytes, stride = job.stride;
  const Lines all = lines;
  uintptr_t next_x = all.x, next_y = all.y;
  for (size_t r = 0; r < all.rows; ++r) {
    all.each_vector([&](size_t i, size_t column, size_t count) TPS_INLINE_LAMBDA {
      prefetch(reinterpret_cast<const void*>(next_x + i * x_bytes));
      prefetch(reinterpret_cast<const void*>(next_y + i * y_bytes));
      const F z = mul(count == 16 ? load(x + i) : load_n(x + i, count, x[i]), scale);
      const F e = by.exp(z, column);
      count == 16 ? store(v + i, e) : store_n(v + i, e, count);
    });
    x += all.from;
    v += all.to;
    next_x += stride * x_bytes;
    next_y += stride * y_bytes;
  }
  *how = by;
}

template <typename How>
TPS_OUT_OF_LINE void scale_lines(const float* v, float* y, const Lines& lines, const How& how) {
  const How by = how;
  const Lines all = lines;
  for (size_t r = 0; r < all.rows; ++r, v += all.from, y += all.to)
    all.each_vector([&](size_t i, size_t column, size_t count) TPS_INLINE_LAMBDA {
      const F p = by.result(count == 16 ? load(v + i) : load_n(v + i, count, 0), column);
      count == 16 ? store(y + i, p) : store_n(y + i, p, count);
    });
}

// The largest z of lines above each other, whose ends may be missing.
TPS_OUT_OF_LINE void max_line(const float* x, size_t n, size_t ahead, float scale, float* most) {
  for (size_t i = 0; i < n; i += 16) {
    prefetch(x + i + ahead);
    const F v = n - i < 16 ? load_n(x + i, n - i, -kInfinity) : load(x + i);
    store(most + i, max(mul(v, set(scale)), load(most + i)));
  }
}

}  // namespace
