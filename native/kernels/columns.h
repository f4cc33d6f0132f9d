// SPDX-License-Identifier: MIT
// Rows along an inner axis, without turning them: groups of neighbouring columns, line by line as
// they lie in memory. The exponential of an element in a window (exp.h) knows nothing of its
// column; the sums and the factors, column by column, do. Where the tile keeps the exponentials,
// those of one group leave it while those of the next come in, so that memory is asked for both
// during the arithmetic. The operations on each element, and their order in the sum, are those of
// passes.h.
#pragma once
#include "column_lines.h"
#include "convert.h"

namespace {

// Columns whose maxima are looked for at a time, and rows of whole groups that are not wider.
constexpr size_t kMostAcross = 16 * kPanel, kRowsAcross = 32;

// So many elements are converted at a time, in whole rows.
constexpr size_t kRead = 6400;

// See Kernels. The memory begins with what one call leaves for the next.
class ColumnCall {
 public:
  struct Known {
    bool in_window = false;
    int32_t offset = 0;
    Windows windows;
  };
  static_assert(sizeof(Known) <= 128, "there is room");

  ColumnCall(const ColumnJob& job, void* memory)
      : job_(job),
        known_(*static_cast<Known*>(memory)),
        whole_(kPanel * job.panels >= job.stride),
        kept_in_result_(whole_ && !job.keep && job.target == nullptr && job.x != job.y),
        kept_(job.keep || kept_in_result_),
        floats_(job.source == nullptr && job.target == nullptr),
        step_(floats_ ? kStep : kStep / 2),
        sums_(reinterpret_cast<double*>(static_cast<char*>(memory) + 128)),
        lanes_(sums_ + kPanel * job.panels),
        table_(reinterpret_cast<float*>(lanes_ + 16 * kPanel * job.panels + kPanel)),
        tile_(each(5).data) {
    if (!whole_) return;
    if (floats_ && 16 * job.stride <= kLineMost) step_ = 16;
    while (2 * step_ * job.stride <= kLineMost && step_ < kBlock) step_ *= 2;
  }

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
    return true;
  }

  EachColumn each(size_t k) const { return {table_ + k * kPanel * (job_.panels + 2)}; }
  ByMaxima by_maxima() const { return {each(0), each(1)}; }
  ByFactor by_factor() const { return {each(2)}; }
  ByNorms by_norms() const { return {each(2), each(3), each(4)}; }

  // Row `row` of a group, or where that is through, as much later of the next.
  TPS_OUT_OF_LINE size_t at(const ColumnGroup& group, size_t row, const ColumnGroup& next) const {
    return row < job_.n ? group.at + row * job_.stride : next.at + (row - job_.n) * job_.stride;
  }
  uintptr_t x_at(const ColumnGroup& group, size_t row, const ColumnGroup& next) const {
    return reinterpret_cast<uintptr_t>(job_.x) + at(group, row, next) * job_.x_bytes;
  }
  uintptr_t y_at(const ColumnGroup& group, size_t row, const ColumnGroup& next) const {
    return reinterpret_cast<uintptr_t>(job_.y) + at(group, row, next) * job_.y_bytes;
  }
  uintptr_t x_at(const ColumnGroup& group, size_t row) const { return x_at(group, row, group); }
  uintptr_t y_at(const ColumnGroup& group, size_t row) const { return y_at(group, row, group); }
  // Elements as floats: where they lie, or brought to `v`.
  const float* floats(uintptr_t x, size_t n, float* v) const {
    if (job_.source == nullptr) return reinterpret_cast<const float*>(x);
    job_.source->read(reinterpret_cast<const void*>(x), 0, v, 0, 1, n);
    return v;
  }

  // Masks mostly come in numbers: they are seen at an end.
  bool worth_it(const ColumnGroup& group) const {
    const size_t n = group.width < 16 ? group.width : 16;
    return near(x_at(group, 0), n) &&
           near(x_at(group, job_.n - 1) + (group.width - n) * job_.x_bytes, n);
  }
  TPS_OUT_OF_LINE bool near(uintptr_t x, size_t n) const {
    alignas(64) float sample[16];
    const Scaled source({nullptr, job_.scale, 0, 0, Input::kScaled});
    return known_.windows.worth_it(Stretch<Scaled>{source, floats(x, n, sample)}, n);
  }

  // Of each column, for ByMaxima. False: one is outside [kLowest, kSafe], and its results are not
  // all NaN.
  TPS_OUT_OF_LINE bool find_maxima(const ColumnGroup& group) {
    alignas(64) float buffer[kRowsAcross * kMostAcross];
    const size_t rows = whole_ && job_.stride <= kMostAcross ? kRowsAcross : 1, width = group.width;
    float* const most = reinterpret_cast<float*>(lanes_);
    for (size_t i = 0; i < rows * width + 16; i += 16) store(most + i, set(-kInfinity));
    for (size_t i = 0; i < job_.n; i += rows)
      for (size_t c = 0; c < width; c += kMostAcross) {
        const size_t there =
            rows == 1 ? width - c : (job_.n - i < rows ? job_.n - i : rows) * width;
        const size_t n = rows == 1 && there > kMostAcross ? kMostAcross : there;
        const float* x = floats(x_at(group, i) + c * job_.x_bytes, n, buffer);
        max_line(x, n, job_.source == nullptr ? kRowsAcross * job_.stride : 0, job_.scale,
                 most + c);
      }
    for (size_t j = 1; j < rows; ++j)
      for (size_t c = 0; c < width; c += 16)
        store(most + c, max(load(most + c), load(most + j * width + c)));
    const ByMaxima by = by_maxima();
    memcpy(by.lowest.data, most, width * sizeof(float));
    by.lowest.repeat(width);
    known_.windows.aim(reduce_max(by.lowest.at(0)));
    bool good = true;
    for (size_t c = 0; c < width; c += kPanel) {
      const F highest = by.lowest.at(c), mark = mul(highest, set(0));  // NaN where it is infinite
      const F finite = job_.infinite ? number_or(add(highest, mark), set(0)) : highest;
      const bool within = all_within(finite, kLowest, kSafe);
      job_.left[c / kPanel] = !within;
      good = good && within;
      const LaneReference ref(finite);
      by.lowest.put(c, add(ref.lowest, mark));
      by.place.put(c, ref.place);
    }
    if (!good) return false;
    by.lowest.repeat(width);
    by.place.repeat(width);
    return true;
  }

  struct Groups {
    ColumnGroup before, now, after;
  };
  // Writes `before`; exponentials and sums of `now`. False: the window did not hold.
  TPS_OUT_OF_LINE bool sweep(const Groups& groups, bool in_window) {
    const ColumnGroup& now = groups.now;
    InWindow window{Window(0)};
    if (in_window) {
      next_offset_ = known_.windows.offset();
      window.window = known_.windows.next();
    }
    if (now.width > 0) clear(sums_, kPanel * job_.panels);
    const size_t n = job_.n, pitch = pitch_of(now);
    bool held = true;
    for (size_t i = 0; i < n; i += step_) {
      const size_t rows = n - i < step_ ? n - i : step_;
      float* const tile = tile_ + (job_.keep ? i * kPanel * job_.panels : 0);
      write(groups, i, rows, tile);
      if (now.width == 0 || !held) continue;
      float* const result = reinterpret_cast<float*>(y_at(now, i));
      float* const v = kept_in_result_ && rows == step_ ? result : tile;
      each_lines(now, i, rows, groups.after, [&](size_t row, Lines& lines) {
        float* const to = v + (row - i) * pitch;
        lines.to = pitch;
        if (groups.before.width > 0)
          lines.y = y_at(groups.before, i + step_ < n ? row + step_ : n + row - i, now);
        else if (!kept_)
          lines.y = lines.x;
        const float* x = floats(x_at(now, row), lines.n, to);
        ByMaxima maxima = by_maxima();
        if (in_window)
          exp_lines(x, to, lines, job_, &window);
        else
          exp_lines(x, to, lines, job_, &maxima);
      });
      held = !in_window || window.window.held(0);
      for (size_t at = rows * pitch, end = whole(rows) * pitch; at < end; at += 16)
        store(v + at, set(0));
      add_rows(v, rows, pitch, lanes_, i % kBlock == 0);
      if (rows == n - i || (i + step_) % kBlock == 0) end_block(lanes_, pitch, sums_);
      if (kept_in_result_ && v != result) memcpy(result, v, rows * now.width * sizeof(float));
    }
    if (now.width == 0) return true;
    known_.in_window = in_window;
    known_.offset = next_offset_;
    return held && find_factors(now);
  }

  // Rows of `before`.
  TPS_INLINE void write(const Groups& groups, size_t first, size_t rows, float* tile) const {
    const ColumnGroup& group = groups.before;
    const size_t pitch = pitch_of(group);
    each_lines(group, first, rows, groups.after, [&](size_t row, Lines& lines) {
      const uintptr_t y = y_at(group, row);
      float* const result = reinterpret_cast<float*>(y);
      float* const v = kept_in_result_ ? result : tile + (row - first) * pitch;
      float* const to = job_.target == nullptr ? result : v;
      const float* x = kept_ ? v : floats(x_at(group, row), lines.n, v);
      if (kept_) {
        if (job_.keep) lines.from = pitch;
      } else if (known_.in_window) {
        Again again{{Window(known_.offset)}, by_factor()};
        exp_lines(x, to, lines, job_, &again);
      } else {
        ByMaxima maxima = by_maxima();
        Lines there = lines;
        lines.from = there.to = pitch;
        exp_lines(x, v, there, job_, &maxima);
      }
      if (!known_.in_window)
        scale_lines(v, to, lines, by_norms());
      else if (kept_)
        scale_lines(v, to, lines, by_factor());
      if (job_.target != nullptr)
        job_.target->write(v, 0, reinterpret_cast<void*>(y), 0, 1, lines.n);
    });
  }

  // body(the first row, its lines as they lie in memory) for what is computed at a time of a
  // group's rows: all, but what is fetched meanwhile lies together, and what is converted is near.
  template <typename Body>
  TPS_INLINE void each_lines(const ColumnGroup& group, size_t row, size_t rows,
                             const ColumnGroup& after, const Body& body) const {
    const size_t width = group.width, stride = job_.stride;
    for (size_t end = row + rows, count; width > 0 && row < end; row += count) {
      count = end - row;
      const size_t most = !floats_                              ? whole_ ? kRead / width + 1 : 1
                          : !whole_ && row + job_.lead < job_.n ? job_.n - row - job_.lead
                                                                : count;
      count = count < most ? count : most;
      const size_t next = row + (floats_ ? job_.lead : count);
      const uintptr_t x = x_at(group, next, after), y = y_at(group, next, after);
      Lines lines = {count, width, width, stride, stride, x, y};
      if (whole_) {
        lines.rows = 1;
        lines.n *= count;
      }
      body(row, lines);
    }
  }

  static size_t whole(size_t n) { return (n + 15) / 16 * 16; }
  // How far apart the rows of a group lie in the tile.
  size_t pitch_of(const ColumnGroup& group) const {
    return whole_ ? group.width : whole(group.width);
  }

  // From the sums. False: the window did not hold.
  TPS_OUT_OF_LINE bool find_factors(const ColumnGroup& group) {
    const ByNorms by = by_norms();
    for (size_t c = 0; c < group.width; c += kPanel) {
      const Wide sum = wide_at(sums_ + c);
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
  const bool whole_;  // all columns, so that rows follow each other, as they do in the tile
  const bool kept_in_result_, kept_, floats_;
  size_t step_;
  int32_t next_offset_ = 0;
  double *sums_, *lanes_;
  float *table_, *tile_;
};

bool columns(const ColumnJob& job, void* memory, ColumnGroup before, ColumnGroup now,
             ColumnGroup after) {
  return ColumnCall(job, memory).run(before, now, after);
}

}  // namespace
