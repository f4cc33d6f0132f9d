// SPDX-License-Identifier: MIT
// Rows along an inner axis, without turning them: groups of neighbouring columns, line by line as
// they lie in memory. The exponential of an element in a window (exp.h) knows nothing of its
// column; the sums, sixteen columns side by side, and the factors do. Where they are
// kept, those of one group leave the tile while those of the next come in, so that memory is asked
// for both during the arithmetic. The operations on each element, and their order in the sum, are
// those of passes.h.
#pragma once
#include "convert.h"
#include "short_rows.h"

namespace {

// Sums of sixteen columns.
struct PanelSums {
  Wide sum = {zero_d(), zero_d()};  // of whole blocks
  Wide lane[8] = {};
  TPS_OUT_OF_LINE void end_block() { *this = {add(sum, fold_lanes(lane)), {}}; }
};

// Some columns as they lie in the tile, a step of rows at a time. Where whole rows lie one behind
// the other in memory, several make one line: fewer tails.
constexpr size_t kMostAcross = 16 * kPanel;
struct Lines {
  size_t width, doublings = 0, pitch;
  TPS_OUT_OF_LINE Lines(size_t columns, size_t stride) : width(columns) {
    if (width == stride)
      while (rows() < kStep && rows() * width < 2 * kMostAcross) ++doublings;
    pitch = (rows() * width + 15) / 16 * 16;
  }
  size_t rows() const { return size_t{1} << doublings; }
  size_t at(size_t row) const { return (row >> doublings) * pitch + (row & (rows() - 1)) * width; }
  size_t length(size_t left) const { return (left < rows() ? left : rows()) * width; }
  // A line goes round the columns, or where these are few, several times round.
  size_t period() const { return width < 16 ? (15 + width) / width * width : width; }
};

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

// A line of n elements.
struct Line {
  size_t n, period;
  // body(where, its column, how many)
  template <typename Body>
  TPS_INLINE void each_vector(Body body) const {
    for (size_t i = 0, column = 0; i < n; i += 16) {
      body(i, column, n - i < 16 ? n - i : 16);
      column = column + 16 < period ? column + 16 : column + 16 - period;
    }
  }
};

// Where lie what will be wanted next.
struct Ahead {
  uintptr_t x, y;
};

template <typename How>
TPS_OUT_OF_LINE void exp_line(const float* x, float* v, Line line, const ColumnJob& job,
                              Ahead ahead, How* how) {
  How by = *how;
  const F scale = set(job.scale);
  const size_t x_bytes = job.x_bytes, y_bytes = job.y_bytes;
  line.each_vector([&](size_t i, size_t column, size_t count) TPS_INLINE_LAMBDA {
    prefetch(reinterpret_cast<const void*>(ahead.x + i * x_bytes));
    prefetch(reinterpret_cast<const void*>(ahead.y + i * y_bytes));
    const F z = mul(count == 16 ? load(x + i) : load_n(x + i, count, x[i]), scale);
    store(v + i, by.exp(z, column));
  });
  *how = by;
}

template <typename How>
TPS_OUT_OF_LINE void scale_line(const float* v, float* y, Line line, How by) {
  line.each_vector([&](size_t i, size_t column, size_t count) TPS_INLINE_LAMBDA {
    const F p = by.result(load(v + i), column);
    count == 16 ? store(y + i, p) : store_n(y + i, p, count);
  });
}

// Adds a step to the lanes; beyond its rows there is `zeros`.
TPS_OUT_OF_LINE void add_step(const float* tile, const float* zeros, const Lines& lines,
                              size_t rows, PanelSums* sums) {
  const auto row = [&](size_t r) { return r < rows ? tile + lines.at(r) : zeros; };
  for (size_t j = 0; j < 8; ++j) {
    const float *a = row(j), *b = row(j + 8);
    for (size_t c = 0; c < lines.width; c += kPanel) {
      Wide& lane = sums[c / kPanel].lane[j];
      lane = add(lane, add(widen(a + c), widen(b + c)));
    }
  }
}

// See Kernels. The memory begins with what one call leaves for the next.
class ColumnCall {
 public:
  struct Known {
    bool in_window = false;
    int32_t offset = 0;
    Windows windows;
  };
  static_assert(sizeof(Known) <= 128 && sizeof(PanelSums) + 5 * 64 <= kPanelBytes, "there is room");

  ColumnCall(const ColumnJob& job, void* memory)
      : job_(job),
        known_(*static_cast<Known*>(memory)),
        zeros_(reinterpret_cast<float*>(static_cast<char*>(memory) + 128)),
        sums_(reinterpret_cast<PanelSums*>(zeros_ + kMostAcross)),
        table_(reinterpret_cast<float*>(sums_ + job.panels)),
        tile_(each(5).data) {}

  bool run(const ColumnGroup& before, const ColumnGroup& now, const ColumnGroup& after) {
    constexpr ColumnGroup kNone = {0, 0};
    if (before.width + now.width == 0) return begin();
    const bool in_window = now.width > 0 && worth_it(now);
    const bool good = now.width == 0 || in_window || find_maxima(now);
    if (sweep({before, good ? now : kNone, after}, in_window) || !good) return good;
    known_.windows.miss();
    return find_maxima(now) && sweep({kNone, now, after}, false);
  }

 private:
  bool begin() {
    known_ = Known();
    for (size_t c = 0; c < kMostAcross; c += 16) store(zeros_ + c, set(0));
    return true;
  }

  // `column`: the first of a part.
  EachColumn each(size_t k, size_t column = 0) const {
    return {table_ + k * kPanel * (job_.panels + 2) + column};
  }
  ByMaxima by_maxima(size_t c) const { return {each(0, c), each(1, c)}; }
  ByFactor by_factor(size_t c) const { return {each(2, c)}; }
  ByNorms by_norms(size_t c) const { return {each(2, c), each(3, c), each(4, c)}; }

  uintptr_t x_at(const ColumnGroup& group, size_t row, size_t column) const {
    return reinterpret_cast<uintptr_t>(job_.x) +
           (group.at + row * job_.stride + column) * job_.x_bytes;
  }
  uintptr_t y_at(const ColumnGroup& group, size_t row, size_t column) const {
    return reinterpret_cast<uintptr_t>(job_.y) +
           (group.at + row * job_.stride + column) * job_.y_bytes;
  }
  // Elements as floats: where they lie, or brought to `v`.
  const float* floats(uintptr_t x, size_t n, float* v) const {
    if (job_.source == nullptr) return reinterpret_cast<const float*>(x);
    job_.source->read(reinterpret_cast<const void*>(x), 0, v, 0, 1, n);
    return v;
  }

  // Masks mostly come in numbers: they are seen at an end.
  bool worth_it(const ColumnGroup& group) const {
    const size_t n = group.width < 16 ? group.width : 16;
    return near(x_at(group, 0, 0), n) && near(x_at(group, job_.n - 1, group.width - n), n);
  }
  TPS_OUT_OF_LINE bool near(uintptr_t x, size_t n) const {
    alignas(64) float sample[16];
    const Scaled source({nullptr, job_.scale, 0, 0, Input::kScaled});
    return known_.windows.worth_it(Stretch<Scaled>{source, floats(x, n, sample)}, n);
  }

  // Of each column, for ByMaxima. False: one is outside [kLowest, kSafe], and its results are not
  // all NaN.
  TPS_OUT_OF_LINE bool find_maxima(const ColumnGroup& group) {
    alignas(64) float square[kStep * kPanel];
    const F scale = set(job_.scale);
    const ByMaxima by = by_maxima(0);
    for (size_t i = 0; i < job_.n; i += kStep)
      for (size_t c = 0; c < group.width; c += kPanel) {
        const size_t rows = job_.n - i < kStep ? job_.n - i : kStep, left = group.width - c;
        const size_t count = left < kPanel ? left : kPanel;
        const float* x = reinterpret_cast<const float*>(x_at(group, i, c));
        size_t pitch = job_.stride;
        if (job_.source != nullptr) {
          job_.source->read(x, job_.stride, square, kPanel, rows, count);
          x = square;
          pitch = kPanel;
        }
        F most = i == 0 ? set(-kInfinity) : by.lowest.at(c);
        for (size_t r = 0; r < rows; ++r, x += pitch) {
          prefetch(x + kStep * pitch);
          most = max(mul(load_n(x, count, *x), scale), most);
        }
        by.lowest.put(c, most);
      }
    known_.windows.aim(reduce_max(by.lowest.at(0)));
    for (size_t c = 0; c < group.width; c += kPanel) {
      const F most = by.lowest.at(c), mark = mul(most, set(0));  // NaN where that is infinite
      const F finite = job_.infinite ? number_or(add(most, mark), set(0)) : most;
      if (!all_within(finite, kLowest, kSafe)) return false;
      const LaneReference ref(finite);
      by.lowest.put(c, add(ref.lowest, mark));
      by.place.put(c, ref.place);
    }
    by.lowest.repeat(group.width);
    by.place.repeat(group.width);
    return true;
  }

  TPS_OUT_OF_LINE void exps(uintptr_t x, float* v, Line line, size_t column, Ahead ahead,
                            InWindow* window) const {
    const float* z = floats(x, line.n, v);
    if (window != nullptr) return exp_line(z, v, line, job_, ahead, window);
    ByMaxima by = by_maxima(column);
    exp_line(z, v, line, job_, ahead, &by);
  }

  struct Groups {
    ColumnGroup before, now, after;
  };
  // Writes `before`; exponentials and sums of `now`. False: the window did not hold.
  TPS_OUT_OF_LINE bool sweep(const Groups& groups, bool in_window) {
    const ColumnGroup &before = groups.before, &now = groups.now;
    InWindow old{Window(known_.offset)}, window{Window(0)};
    InWindow* const old_window = known_.in_window ? &old : nullptr;
    if (in_window) {
      known_.offset = known_.windows.offset();
      window.window = known_.windows.next();
    }
    for (size_t k = 0; k * kPanel < now.width; ++k) sums_[k] = PanelSums();
    const size_t n = job_.n, most = before.width > now.width ? before.width : now.width;
    bool held = true;
    for (size_t i = 0; i < n; i += kStep)
      for (size_t c = 0; c < most; c += kMostAcross) {
        const size_t rows = n - i < kStep ? n - i : kStep;
        float* const tile = tile_ + (job_.keep ? i * kPanel * job_.panels + c * kStep : 0);
        const bool turn = c + kMostAcross >= most;
        const size_t next = turn ? i + kStep : i, column = turn ? 0 : c + kMostAcross;
        const Lines to = lines(before, c), from = lines(now, c);
        for (size_t r = 0; to.width > 0 && r < rows; r += to.rows()) {
          const Line line = {to.length(rows - r), to.period()};
          float* const v = tile + to.at(r);
          if (!job_.keep)
            exps(x_at(before, i + r, c), v, line, c, ahead(groups, before, next + r, column),
                 old_window);
          write_line(v, y_at(before, i + r, c), line, c);
        }
        if (from.width == 0 || !held) continue;
        for (size_t r = 0; r < rows; r += from.rows())
          exps(x_at(now, i + r, c), tile + from.at(r), {from.length(rows - r), from.period()}, c,
               ahead(groups, now, next + r, column), in_window ? &window : nullptr);
        held = !in_window || window.window.held(0);
        add_step(tile, zeros_, from, rows, sums_ + c / kPanel);
        if (rows == n - i || (i + kStep) % kBlock == 0)
          for (size_t k = 0; k < from.width; k += kPanel) sums_[(c + k) / kPanel].end_block();
      }
    if (now.width == 0) return true;
    known_.in_window = in_window;
    return held && find_factors(now);
  }

  // What will be wanted when a line of `group` is through: the same of the next step.
  TPS_OUT_OF_LINE Ahead ahead(const Groups& groups, const ColumnGroup& group, size_t row,
                              size_t column) const {
    const bool end = row >= job_.n;
    const uintptr_t x = end ? x_at(groups.after, row % kStep, 0) : x_at(group, row, column);
    if (groups.before.width == 0) return {x, x};
    const uintptr_t y = end ? y_at(groups.now, row % kStep, 0) : y_at(groups.before, row, column);
    return {x, y};
  }

  Lines lines(const ColumnGroup& group, size_t c) const {
    const size_t width = group.width > c ? group.width - c : 0;
    return Lines(width < kMostAcross ? width : kMostAcross, job_.stride);
  }

  TPS_OUT_OF_LINE void write_line(float* v, uintptr_t y, Line line, size_t column) const {
    float* const result = job_.target == nullptr ? reinterpret_cast<float*>(y) : v;
    if (known_.in_window)
      scale_line(v, result, line, by_factor(column));
    else
      scale_line(v, result, line, by_norms(column));
    if (job_.target != nullptr) job_.target->write(v, 0, reinterpret_cast<void*>(y), 0, 1, line.n);
  }

  // From the sums. False: the window did not hold.
  TPS_OUT_OF_LINE bool find_factors(const ColumnGroup& group) {
    const ByNorms by = by_norms(0);
    for (size_t c = 0; c < group.width; c += kPanel) {
      const Wide sum = sums_[c / kPanel].sum;
      Norms norms(sum);
      if (known_.in_window) {
        const size_t count = group.width - c < kPanel ? group.width - c : kPanel;
        if (!all_within(first_n(narrow(sum), count), 0, 0x1p124f)) return false;
        norms.factor = mul(norms.factor, norms.power);
      }
      by.factor.put(c, norms.factor);
      by.least.put(c, norms.least);
      by.power.put(c, norms.power);
    }
    by.factor.repeat(group.width);
    if (known_.in_window) return true;
    by.least.repeat(group.width);
    by.power.repeat(group.width);
    return true;
  }

  const ColumnJob& job_;
  Known& known_;
  float* zeros_;
  PanelSums* sums_;
  float *table_, *tile_;
};

bool columns(const ColumnJob& job, void* memory, ColumnGroup before, ColumnGroup now,
             ColumnGroup after) {
  return ColumnCall(job, memory).run(before, now, after);
}

}  // namespace
