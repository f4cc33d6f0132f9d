// SPDX-License-Identifier: MIT
// Walks the rows of an [outer, n, inner] array: contiguous rows in batches, rows along an inner
// axis gathered into contiguous ones first. Threads take whole batches, each with scratch memory of
// its own, or share every row (`split`).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "softmax.h"
#include "thread_pool.h"

namespace tps {

struct Layout {
  size_t outer, n, inner;
};

// `count` rows of n elements, contiguous at x: the rows from number `first` on of the array, where
// row o * inner + k is (o, ., k). Rows of results go to y, contiguous too, or equal to x; where y
// is nullptr the operation knows by itself where its results go.
template <typename T>
struct Batch {
  const T* x;
  T* y;
  size_t first, count;
  char* scratch;
};

template <typename Body>
void parallel(uint32_t threads, size_t parts, const Body& body) {
  parallel_for(
      threads, parts,
      [](void* context, size_t part) { (*static_cast<const Body*>(context))(part); },
      const_cast<Body*>(&body));
}

// Part `part` of `parts` of [0, count), in whole units.
struct Range {
  size_t begin, end;
  Range(size_t count, size_t unit, size_t part, size_t parts) {
    const size_t units = count / unit + (count % unit != 0);
    begin = units * part / parts * unit;
    end = units * (part + 1) / parts * unit;
    end = end < count ? end : count;
  }
};

// Stretches of a row, in whole units, several to a thread so that a slow one does not hold up the
// rest. body(range) is called once for each.
template <typename Body>
void split(size_t n, size_t unit, uint32_t threads, const Body& body) {
  constexpr size_t kPartsPerThread = 4;
  size_t parts = threads > 1 ? kPartsPerThread * threads : 1;
  if (parts > n / unit + 1) parts = n / unit + 1;
  parallel(threads, parts, [&](size_t part) { body(Range(n, unit, part, parts)); });
}

// Scratch memory: on the stack where little is needed, else from the heap.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : heap_(bytes > sizeof(local_) ? malloc(bytes) : nullptr) {
    data_ = heap_ != nullptr ? heap_ : bytes <= sizeof(local_) ? local_ : nullptr;
  }
  ~Scratch() { free(heap_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  char* data() const { return static_cast<char*>(data_); }

 private:
  alignas(64) char local_[2048];
  void* heap_;
  void* data_;
};

// Along an inner axis: columns are gathered, a few at a time, into contiguous rows and scattered
// back.
template <typename T>
struct Tiles {
  const Layout& layout;
  size_t columns;  // of one tile

  explicit Tiles(const Layout& l)
      : layout(l), columns(l.n * sizeof(T) * 16 <= kTileBytes ? size_t{16} : size_t{4}) {}

  size_t per_outer() const { return (layout.inner + columns - 1) / columns; }
  size_t count() const { return layout.outer * per_outer(); }
  size_t bytes() const { return columns * layout.n * sizeof(T); }

  template <typename Operation>
  void run(const T* input, T* output, size_t index, T* tile, char* scratch,
           const Operation& operation) const {
    const size_t n = layout.n, inner = layout.inner;
    const size_t outer = index / per_outer(), column = index % per_outer() * columns;
    const size_t width = inner - column < columns ? inner - column : columns;
    const size_t at = outer * n * inner + column;
    const T* x = input + at;
    for (size_t i = 0; i < n; ++i)
      for (size_t c = 0; c < width; ++c) tile[c * n + i] = x[i * inner + c];
    operation(
        Batch<T>{tile, output != nullptr ? tile : nullptr, outer * inner + column, width, scratch});
    if (output == nullptr) return;
    T* y = output + at;
    for (size_t i = 0; i < n; ++i)
      for (size_t c = 0; c < width; ++c) y[i * inner + c] = tile[c * n + i];
  }

 private:
  static constexpr size_t kTileBytes = size_t{1} << 17;
};

// Calls operation(batch) until every row of a layout of at least one element was in a batch.
// `split_rows`: the operation shares each row among the threads by itself.
template <typename T, typename Operation>
Status for_rows(const Layout& layout, const T* input, T* output, uint32_t threads, bool split_rows,
                size_t scratch_bytes, const Operation& operation) {
  const bool strided = layout.inner > 1;
  const Tiles<T> tiles(layout);
  const size_t units = strided ? tiles.count() : layout.outer;
  size_t parts = split_rows ? 1 : threads;
  if (parts > units) parts = units;
  const auto lines = [](size_t bytes) { return (bytes + 63) / 64 * 64; };
  const size_t own_bytes = lines(scratch_bytes);
  const size_t part_bytes = own_bytes + (strided ? lines(tiles.bytes()) : 0);
  const Scratch scratch(parts * part_bytes);
  if (scratch.data() == nullptr) return Status::kOutOfMemory;

  const size_t n = layout.n;
  parallel(threads, parts, [&](size_t part) {
    char* memory = scratch.data() + part * part_bytes;
    const Range range(units, 1, part, parts);
    if (!strided) {
      T* y = output != nullptr ? output + range.begin * n : nullptr;
      return operation(
          Batch<T>{input + range.begin * n, y, range.begin, range.end - range.begin, memory});
    }
    for (size_t i = range.begin; i < range.end; ++i)
      tiles.run(input, output, i, reinterpret_cast<T*>(memory + own_bytes), memory, operation);
  });
  return Status::kOk;
}

}  // namespace tps
