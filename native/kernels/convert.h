// SPDX-License-Identifier: MIT
// Elements as they lie in memory, to and from the arithmetic type.
#pragma once
#include <string.h>

#include "kernels.h"

namespace {

struct Float32 {
  using Element = float;
  using Computed = float;
  using Vector = F;
  static constexpr size_t kLanes = 16;
  static F load(const float* p) { return ::load(p); }
  static F load_n(const float* p, size_t n) { return ::load_n(p, n, 0); }
  static void store(float* p, F v) { ::store(p, v); }
  static void store_n(float* p, F v, size_t n) { ::store_n(p, v, n); }
};
struct Float64 {
  using Element = double;
  using Computed = double;
  using Vector = D;
  static constexpr size_t kLanes = 8;
  static D load(const double* p) { return ::load(p); }
  static D load_n(const double* p, size_t n) { return ::load_n(p, n, 0); }
  static void store(double* p, D v) { ::store(p, v); }
  static void store_n(double* p, D v, size_t n) { ::store_n(p, v, n); }
};

// Sixteen bits: a few elements go through a buffer.
template <auto kLoad, auto kStore>
struct Half {
  using Element = uint16_t;
  using Computed = float;
  using Vector = F;
  static constexpr size_t kLanes = 16;
  static F load(const uint16_t* p) { return kLoad(p); }
  static F load_n(const uint16_t* p, size_t n) {
    alignas(32) uint16_t buffer[16] = {};
    memcpy(buffer, p, n * sizeof(uint16_t));
    return kLoad(buffer);
  }
  static void store(uint16_t* p, F v) { kStore(p, number_or(v, ::set(__builtin_nanf("")))); }
  static void store_n(uint16_t* p, F v, size_t n) {
    alignas(32) uint16_t buffer[16];
    store(buffer, v);
    memcpy(p, buffer, n * sizeof(uint16_t));
  }
};
using Float16 = Half<load_float16, store_float16>;

// The upper half of a float32.
inline F load_bfloat16(const uint16_t* p) { return from_bits(shl<16>(load_16(p))); }
inline void store_bfloat16(uint16_t* p, F v) {
  const I u = bits(v), odd = shr<31>(shl<15>(u));
  store_16(p, shr<16>(add(add(u, set_int(0x7fff)), odd)));
}
using BFloat16 = Half<load_bfloat16, store_bfloat16>;

// Rows of memory that the hardware does not see coming, as they may lie pages apart.
constexpr size_t kRowsAhead = 16;

// See Storage.
template <typename Format>
void read(const void* data, size_t stride, void* result, size_t pitch, size_t rows, size_t n) {
  constexpr size_t kLanes = Format::kLanes;
  const auto* x = static_cast<const typename Format::Element*>(data);
  auto* row = static_cast<typename Format::Computed*>(result);
  for (size_t r = 0; r < rows; ++r, x += stride, row += pitch)
    for (size_t i = 0; i < n; i += kLanes) {
      const bool whole = n - i >= kLanes;
      prefetch(x + i + kRowsAhead * stride);
      const auto v = whole ? Format::load(x + i) : Format::load_n(x + i, n - i);
      whole ? store(row + i, v) : store_n(row + i, v, n - i);
    }
}
template <typename Format>
void write(const void* data, size_t pitch, void* result, size_t stride, size_t rows, size_t n) {
  constexpr size_t kLanes = Format::kLanes;
  const auto* row = static_cast<const typename Format::Computed*>(data);
  auto* y = static_cast<typename Format::Element*>(result);
  for (size_t r = 0; r < rows; ++r, row += pitch, y += stride)
    for (size_t i = 0; i < n; i += kLanes) {
      const bool whole = n - i >= kLanes;
      prefetch(y + i + kRowsAhead * stride);
      const auto v = whole ? load(row + i) : load_n(row + i, n - i, 0);
      whole ? Format::store(y + i, v) : Format::store_n(y + i, v, n - i);
    }
}

template <typename Format>
constexpr Storage storage() {
  return {read<Format>, write<Format>};
}

// The first `n` of each line, to and from lines as wide as a vector.
template <typename Format>
TPS_OUT_OF_LINE void widen_lines(const typename Format::Computed* from, size_t pitch, size_t n,
                                 typename Format::Computed* to, size_t lines) {
  for (size_t r = 0; r < lines; ++r) store(to + r * Format::kLanes, load_n(from + r * pitch, n, 0));
}
template <typename Format>
TPS_OUT_OF_LINE void narrow_lines(const typename Format::Computed* from,
                                  typename Format::Computed* to, size_t pitch, size_t n,
                                  size_t lines) {
  for (size_t r = 0; r < lines; ++r) store_n(to + r * pitch, load(from + r * Format::kLanes), n);
}

// A square of as many rows as a vector has lanes.
template <typename Format>
TPS_OUT_OF_LINE void turn_square(const typename Format::Computed* from, size_t from_pitch,
                                 typename Format::Computed* to, size_t to_pitch) {
  typename Format::Vector square[Format::kLanes];
  for (size_t r = 0; r < Format::kLanes; ++r) square[r] = load(from + r * from_pitch);
  transpose(square);
  for (size_t r = 0; r < Format::kLanes; ++r) store(to + r * to_pitch, square[r]);
}

// By squares, of which the last overlap those before them, or where there is none are widened.
template <typename Format>
void turn(const typename Format::Computed* from, size_t from_pitch, typename Format::Computed* to,
          size_t to_pitch, size_t height, size_t width) {
  constexpr size_t kSide = Format::kLanes;
  const size_t rows = height < kSide ? height : kSide, columns = width < kSide ? width : kSide;
  for (size_t i = 0; i < height; i += kSide)
    for (size_t c = 0; c < width; c += kSide) {
      const size_t row = i + rows <= height ? i : height - rows;
      const size_t column = c + columns <= width ? c : width - columns;
      const auto* x = from + row * from_pitch + column;
      auto* y = to + column * to_pitch + row;
      if (rows == kSide && columns == kSide) {
        turn_square<Format>(x, from_pitch, y, to_pitch);
        continue;
      }
      alignas(64) typename Format::Computed part[kSide * kSide];
      widen_lines<Format>(x, from_pitch, columns, part, rows);
      turn_square<Format>(part, kSide, part, kSide);
      narrow_lines<Format>(part, y, to_pitch, rows, columns);
    }
}

}  // namespace
