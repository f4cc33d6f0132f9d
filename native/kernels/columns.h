// SPDX-License-Identifier: MIT
// Rows along an inner axis: panels of sixteen neighbouring columns, one to a lane, so that nothing
// is transposed. While the exponentials of one group of panels leave the tile, those of the next
// come in, so that memory is asked for both during the arithmetic. The operations on each element,
// and their order in the sum, are those of passes.h; that its references differ, by block, is
// exact.
#pragma once
#include "convert.h"
#include "short_rows.h"

namespace {

// Lines of memory that will be wanted, row by row, one at a time; of empty rows always the same.
class Ahead {
 public:
  Ahead(const char* at, size_t stride, size_t row_bytes)
      : at_(reinterpret_cast<uintptr_t>(at)),
        lines_(row_bytes > 0 ? (row_bytes + 63) / 64 : 1),
        skip_((row_bytes > 0 ? stride : 0) - lines_ * 64) {}
  TPS_INLINE void one() {
    prefetch(reinterpret_cast<const void*>(at_));
    at_ += 64;
    if (++line_ == lines_) {
      line_ = 0;
      at_ += skip_;
    }
  }

 private:
  uintptr_t at_;  // may lie outside what it looks ahead in
  size_t line_ = 0, lines_, skip_;
};

// How far the logits may rise above the reference: exponentials stay below 2^74.
constexpr float kRise = 44;

// 2^-d as two factors, d being what the reference exponent rose from one logit to a larger one.
// Never less than 2^-200, which no sum and no result can tell from 0.
struct Fall {
  F first, second;
  Fall(F from, F to) {
    const F d = to_float(sub(exponent(to), exponent(from)));
    const F rest = max(sub(d, set(100)), set(0));
    first = power(sub(d, rest));
    second = power(sub(rest, max(sub(rest, set(100)), set(0))));
  }
  F operator()(F v) const { return mul(mul(v, first), second); }
  Wide operator()(Wide w) const {
    const Wide a = widen(first), b = widen(second);
    return {mul(mul(w.low, a.low), b.low), mul(mul(w.high, a.high), b.high)};
  }

 private:
  static I exponent(F z) { return to_int(mul(z, set(kLog2e))); }
  static F power(F d) { return from_bits(shl<23>(sub(set_int(127), to_int(d)))); }
};

// A panel's sums so far.
struct PanelSums {
  F highest = set(-kInfinity), reference = set(-kSafe);
  Wide sum = {zero_d(), zero_d()};  // of whole blocks
  Wide lane[8] = {};

  // kStep logits of each column, or the last `rows`, `stride` apart. Exponentials stay in v.
  TPS_OUT_OF_LINE void add_step(const float* x, size_t stride, size_t width, float* v, size_t pitch,
                                size_t rows, F scale, Ahead* x_ahead, Ahead* y_ahead) {
    F most = highest;
    for (size_t r = 0; r < rows; ++r, x += stride) {
      const F z = mul(width == 16 ? load(x) : load_n(x, width, 0), scale);
      store(v + r * pitch, z);
      most = max(z, most);
    }
    highest = most;
    if (not_at_most(highest, add(reference, set(kRise))) != 0) rise();
    store(v + kStep * pitch, reference);
    const LaneReference ref(reference);
    Ahead x_line = *x_ahead, y_line = *y_ahead;
    const auto exp = [&](size_t r) TPS_INLINE_LAMBDA {
      if (r >= rows) return set(0);
      x_line.one();
      y_line.one();
      const F e = ref.exp(load(v + r * pitch));
      store(v + r * pitch, e);
      return e;
    };
    for (size_t j = 0; j < 8; ++j) {
      const F e = exp(j), f = exp(j + 8);
      lane[j] = add(lane[j], add(widen(e), widen(f)));
    }
    *x_ahead = x_line;
    *y_ahead = y_line;
  }

  void end_block() {
    sum = add(sum, fold_lanes(lane));
    for (Wide& w : lane) w = {zero_d(), zero_d()};
  }

  bool in_range() const { return all_within(highest, kLowest, kSafe); }

 private:
  TPS_OUT_OF_LINE void rise() {
    const F higher = max(highest, reference);
    const Fall fall(reference, higher);
    reference = higher;
    sum = fall(sum);
    for (Wide& w : lane) w = fall(w);
  }
};
static_assert(kStep == 16, "a step is a group of the summation tree");

// What a panel's exponentials become results with.
struct PanelNorm {
  F reference;
  Norms norm;
  bool mend;  // a NaN carries the bits of its operands: it gets ours
  explicit PanelNorm(const PanelSums& sums)
      : reference(sums.reference), norm(sums.sum), mend(norm.has_nan()) {}

  // Of a step's exponentials.
  TPS_OUT_OF_LINE void scale_step(const float* v, size_t pitch, float* y, size_t stride,
                                  size_t width, size_t rows) const {
    const F then = load(v + kStep * pitch);
    const bool usual = not_at_most(reference, then) == 0;
    const Fall fall(then, reference);
    const Norms by = norm;
    for (size_t r = 0; r < rows; ++r, y += stride) {
      const F e = load(v + r * pitch);
      put(y, by.scaled(usual ? e : fall(e)), width);
    }
  }

  // Of a step's logits.
  TPS_OUT_OF_LINE void exp_step(const float* x, size_t x_stride, float* y, size_t y_stride,
                                size_t width, size_t rows, F scale, Ahead* x_ahead,
                                Ahead* y_ahead) const {
    const LaneReference ref(reference);
    const Norms by = norm;
    Ahead x_line = *x_ahead, y_line = *y_ahead;
    for (size_t r = 0; r < rows; ++r, x += x_stride, y += y_stride) {
      x_line.one();
      y_line.one();
      const F z = mul(width == 16 ? load(x) : load_n(x, width, 0), scale);
      put(y, by.scaled(ref.exp(z)), width);
    }
    *x_ahead = x_line;
    *y_ahead = y_line;
  }

 private:
  TPS_INLINE void put(float* y, F p, size_t width) const {
    if (mend) p = number_or(p, set(__builtin_nanf("")));
    width == 16 ? store(y, p) : store_n(y, p, width);
  }
};

// Some neighbouring columns in memory, by `stride`.
template <typename Byte>
struct Matrix {
  Byte* data;
  size_t element, row_bytes;
  Matrix(Byte* all, size_t element_bytes, const ColumnJob& job, const ColumnGroup& group)
      : data(all + group.at * element_bytes),
        element(element_bytes),
        row_bytes(job.stride * element_bytes) {}
  Byte* at(size_t row, size_t column) const { return data + row * row_bytes + column * element; }
  Ahead ahead(size_t row, size_t width) const { return {at(row, 0), row_bytes, width * element}; }
};

// See Kernels. The memory begins with what is known of the panels. A step of the tile is kStep rows
// of exponentials and one of the logits whose exponents they are relative to.
uint32_t columns(const ColumnJob& job, void* memory, ColumnGroup before, ColumnGroup now,
                 ColumnGroup after) {
  auto& bad = *static_cast<uint32_t*>(memory);
  auto* const norms = reinterpret_cast<PanelNorm*>(static_cast<char*>(memory) + kPanelsHead);
  auto* const sums = reinterpret_cast<PanelSums*>(norms + job.panels);
  float* tile = reinterpret_cast<float*>(sums + job.panels);
  static_assert(sizeof(PanelNorm) + sizeof(PanelSums) <= kPanelBytes, "the memory has room");
  const size_t pitch = 16 * job.panels, n = job.n;
  const F scale = set(job.scale);
  const bool from_floats = job.source == nullptr, to_floats = job.target == nullptr;
  const auto x_of = [&](const ColumnGroup& group) {
    return Matrix<const char>(static_cast<const char*>(job.x), job.x_bytes, job, group);
  };
  const auto y_of = [&](const ColumnGroup& group) {
    return Matrix<char>(static_cast<char*>(job.y), job.y_bytes, job, group);
  };
  const auto x_before = x_of(before), x_now = x_of(now), x_after = x_of(after);
  const auto y_before = y_of(before), y_now = y_of(now);
  const auto width_at = [](const ColumnGroup& group, size_t k) {
    return group.width - 16 * k < 16 ? group.width - 16 * k : 16;
  };
  // The logits of a step as floats, and how far apart: where they lie, or brought into the tile.
  const size_t x_pitch = from_floats ? job.stride : pitch;
  const auto floats = [&](const Matrix<const char>& x, size_t i, size_t width, size_t rows) {
    if (from_floats) return reinterpret_cast<const float*>(x.at(i, 0));
    job.source->read(x.at(i, 0), job.stride, tile, pitch, rows, width);
    return static_cast<const float*>(tile);
  };
  alignas(64) float results[16 * kStep];

  for (size_t k = 0; 16 * k < now.width; ++k) sums[k] = PanelSums();
  for (size_t i = 0; i < n; i += kStep) {
    const size_t rows = n - i < kStep ? n - i : kStep;
    const bool last = rows == n - i;
    if (before.width > 0) {
      const float* x = job.keep ? nullptr : floats(x_before, i, before.width, rows);
      Ahead x_ahead = x_before.ahead(last ? i : i + kStep, before.width);
      Ahead y_ahead = y_before.ahead(last ? i : i + kStep, before.width);
      for (size_t k = 0; 16 * k < before.width; ++k) {
        if (bad >> k & 1) continue;
        const size_t width = width_at(before, k);
        char* const to = y_before.at(i, 16 * k);
        float* const y = to_floats ? reinterpret_cast<float*>(to) : results;
        const size_t y_pitch = to_floats ? job.stride : 16;
        if (job.keep)
          norms[k].scale_step(tile + 16 * k, pitch, y, y_pitch, width, rows);
        else
          norms[k].exp_step(x + 16 * k, x_pitch, y, y_pitch, width, rows, scale, &x_ahead,
                            &y_ahead);
        if (!to_floats) job.target->write(results, 16, to, job.stride, rows, width);
      }
    }
    if (now.width > 0) {
      const float* x = floats(x_now, i, now.width, rows);
      Ahead x_ahead = last ? x_after.ahead(0, after.width) : x_now.ahead(i + kStep, now.width);
      Ahead y_ahead = last ? y_now.ahead(0, now.width) : y_before.ahead(i + kStep, before.width);
      for (size_t k = 0; 16 * k < now.width; ++k) {
        sums[k].add_step(x + 16 * k, x_pitch, width_at(now, k), tile + 16 * k, pitch, rows, scale,
                         &x_ahead, &y_ahead);
        if (last || (i + kStep) % kBlock == 0) sums[k].end_block();
      }
    }
    if (job.keep) tile += (kStep + 1) * pitch;
  }
  bad = 0;
  for (size_t k = 0; 16 * k < now.width; ++k) {
    norms[k] = PanelNorm(sums[k]);
    bad |= static_cast<uint32_t>(!sums[k].in_range()) << k;
  }
  return bad;
}

}  // namespace
