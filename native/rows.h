// SPDX-License-Identifier: MIT
// Walks the rows of a request: contiguous rows of the arithmetic type in batches; rows of another
// type, or along an inner axis, by tiles that are read into contiguous rows first. Threads take
// whole batches, each with scratch memory of its own, or share every row (`split`).
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "softmax.h"
#include "stop.h"
#include "thread_pool.h"

namespace tps {

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
  if (parts == 1) return body(size_t{0});
  parallel_for(
      threads, parts,
      [](void* context, size_t part) { (*static_cast<const Body*>(context))(part); },
      const_cast<Body*>(&body));
}

// Part `part` of `parts` of [0, count), in whole units.
struct Range {
  size_t begin, end;
  Range(size_t from, size_t to) : begin(from), end(to) {}
  Range(size_t count, size_t unit, size_t part, size_t parts) : begin(0), end(count) {
    if (parts == 1) return;  // divisions are dear beside a short row
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
  if (n <= unit) return body(Range(n, unit, 0, 1));
  constexpr size_t kPartsPerThread = 4;
  size_t parts = threads > 1 ? kPartsPerThread * threads : 1;
  const size_t least = n / elements_at_once() + 1;
  if (parts < least) parts = least;
  if (parts > n / unit + 1) parts = n / unit + 1;
  parallel(threads, parts, [&](size_t part) { body(Range(n, unit, part, parts)); });
}

// How the rows of a request are walked.
struct Walk {
  uint32_t threads;
  bool split_rows;  // the operation shares each row among the threads by itself
  size_t scratch_bytes;
  // The operation is softmax without more: Kernels::columns may do it for columns.
  bool columns = false;
};

// Calls operation(context, batch) until every row of a request of at least one element was in a
// batch.
Status walk_rows(const Kernels& kernels, const Request& request, const Walk& walk,
                 void (*operation)(const void* context, const Batch<void>& batch),
                 const void* context);

// The same with operation(batch), in the arithmetic type of the request.
template <typename T, typename Operation>
Status for_rows(const Kernels& kernels, const Request& request, const Walk& walk,
                const Operation& operation) {
  const auto call = [](const void* context, const Batch<void>& batch) {
    (*static_cast<const Operation*>(context))(Batch<T>{static_cast<const T*>(batch.x),
                                                       static_cast<T*>(batch.y), batch.first,
                                                       batch.count, batch.scratch});
  };
  return walk_rows(kernels, request, walk, call, &operation);
}

}  // namespace tps
