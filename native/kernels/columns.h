// SPDX-License-Identifier: MIT
// Rows along an inner axis: panels of sixteen neighbouring columns, one to a lane, so that nothing
// is transposed.
#pragma once
#include "convert.h"
#include "short_rows.h"

namespace {

// The exponentials of one panel, in `tile`, and what they are multiplied with.
TPS_OUT_OF_LINE Norms exp_columns(float* tile, size_t pitch, size_t n, F highest) {
  const LaneReference ref(highest);
  Wide lane[8];
  for (Wide& w : lane) w = {zero_d(), zero_d()};
  for (size_t i = n; i % 16 != 0; ++i) store(tile + i * pitch, set(0));
  for (size_t at = 0; at < n; at += 16, tile += 16 * pitch) {
    const size_t height = n - at < 16 ? n - at : 16;
    for (size_t r = 0; r < height; ++r) store(tile + r * pitch, ref.exp(load(tile + r * pitch)));
    for (size_t j = 0; j < 8; ++j) {
      const F v = load(tile + j * pitch), w = load(tile + (j + 8) * pitch);
      lane[j] = add(lane[j], add(widen(v), widen(w)));
    }
  }
  return Norms(fold_lanes(lane));
}

// See Kernels.
bool columns(const float* x, size_t x_stride, float* tile, float* y, size_t y_stride, size_t n,
             size_t width, float scale) {
  constexpr size_t kPitch = 16 * kPanels;
  const size_t panels = (width + 15) / 16, whole = width / 16, rest = width % 16;
  const F by = set(scale), nan = set(__builtin_nanf(""));
  F highest[kPanels];
  for (F& h : highest) h = set(-kInfinity);
  for (size_t i = 0; i < n; ++i, x += x_stride)
    for (size_t k = 0; k < panels; ++k) {
      prefetch(x + 16 * k + kRowsAhead * x_stride);
      const F z = mul(k < whole ? load(x + 16 * k) : load_n(x + 16 * k, rest, 0), by);
      store(tile + kPitch * i + 16 * k, z);
      highest[k] = max(z, highest[k]);
    }
  for (size_t k = 0; k < panels; ++k)
    if (!all_within(highest[k], kLowest, kSafe)) return false;

  Norms norms[kPanels];
  bool mend = false;  // a NaN carries the bits of its operands: give it ours
  for (size_t k = 0; k < panels; ++k) {
    norms[k] = exp_columns(tile + 16 * k, kPitch, n, highest[k]);
    mend |= norms[k].has_nan();
  }
  for (size_t i = 0; i < n; ++i, y += y_stride)
    for (size_t k = 0; k < panels; ++k) {
      prefetch(y + 16 * k + kRowsAhead * y_stride);
      F p = norms[k].scaled(load(tile + kPitch * i + 16 * k));
      if (mend) p = number_or(p, nan);
      k < whole ? store(y + 16 * k, p) : store_n(y + 16 * k, p, rest);
    }
  return true;
}

}  // namespace
