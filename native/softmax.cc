// SPDX-License-Identifier: MIT
// Runs an algorithm's passes over the rows of a request.
#include "softmax.h"

#include <stdlib.h>

#include "dispatch.h"
#include "float_mode.h"
#include "kernels/fold.h"
#include "kernels/table.h"
#include "plan.h"
#include "rivals.h"
#include "thread_pool.h"

namespace tps {
namespace {

size_t block_count(size_t n) { return n / kBlock + (n % kBlock != 0); }

bool is_safe(float max) { return max >= kLowest && max <= kSafe; }

Input input_of(const float* x, float scale) {
  return {x, scale, 0, 0, scale == 1.0f ? Input::kPlain : Input::kScaled};
}

void fill(float* y, size_t n, float value) {
  for (size_t i = 0; i < n; ++i) y[i] = value;
}

// The exact path: a row whose largest z is out of the kernels' range is shifted by its maximum.
// Subtracting it from a z that can count is exact (both lie in one binade or two adjacent ones).
// Where z itself overflows, x is shifted before it is scaled. False: the row has no finite maximum.
bool shift_to_max(const Kernels& kernels, size_t n, float max, Input* in) {
  in->kind = Input::kShifted;
  if (max - max == 0) {
    in->after = max;
    return true;
  }
  in->before = kernels.max(input_of(in->x, 1.0f), n);
  return in->before - in->before == 0;
}

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

// Carries out a plan on contiguous rows, with memory for one row's block sums.
class Runner {
 public:
  Runner(const Kernels& kernels, const Request& request, const Plan& plan, BlockSum* blocks)
      : kernels_(kernels), request_(request), plan_(plan), blocks_(blocks) {}

  void rows(const float* x, float* y, size_t count) const {
    const size_t n = request_.n;
    for (size_t r = 0; r < count; ++r) {
      if (plan_.form == Form::kRows) {
        r += kernels_.rows(input_of(x + r * n, request_.scale), y + r * n, count - r, n);
        if (r == count) return;
      }
      if (plan_.form == Form::kRival)
        rival(x + r * n, y + r * n);
      else
        row(x + r * n, y + r * n);
    }
  }

 private:
  void row(const float* x, float* y) const {
    const size_t n = request_.n;
    Input in = input_of(x, request_.scale);
    // The reload form overwrites x when in place: the range must be known before.
    const bool reload = plan_.form != Form::kRecompute;
    float max = reload && x == y ? kernels_.max(in, n) : 0;
    RowSum sum{};
    if (is_safe(max)) {
      sum = first_pass(in, reload ? y : nullptr);
      max = sum.max;
    }
    if (!is_safe(max)) {
      if (!shift_to_max(kernels_, n, max, &in)) return without_maximum(x, y, in.before);
      sum = first_pass(in, reload ? y : nullptr);
    }
    if (sum.mantissa != sum.mantissa) return fill(y, n, __builtin_nanf(""));
    second_pass(in, y, normalizer(sum), reload);
  }

  RowSum first_pass(const Input& in, float* v) const {
    split([&](const Range& range) {
      Input part = in;
      part.x += range.begin;
      kernels_.sum_exp(part, range.end - range.begin, v != nullptr ? v + range.begin : nullptr,
                       blocks_ + range.begin / kBlock, nullptr);
    });
    return fold(blocks_, block_count(request_.n));
  }

  void second_pass(const Input& in, float* y, const Normalizer& norm, bool reload) const {
    split([&](const Range& range) {
      const size_t n = range.end - range.begin;
      if (reload) return kernels_.scale(y + range.begin, n, blocks_ + range.begin / kBlock, norm);
      Input part = in;
      part.x += range.begin;
      kernels_.scale_exp(part, y + range.begin, n, norm, plan_.streaming);
    });
  }

  // Stretches of whole blocks, several to a thread so that a slow one does not hold up the rest.
  template <typename Body>
  void split(const Body& body) const {
    constexpr size_t kUnit = 8 * kBlock, kPartsPerThread = 4;
    const size_t n = request_.n;
    size_t parts = plan_.split_rows && plan_.threads > 1 ? kPartsPerThread * plan_.threads : 1;
    if (parts > n / kUnit + 1) parts = n / kUnit + 1;
    parallel(plan_.threads, parts, [&](size_t part) { body(Range(n, kUnit, part, parts)); });
  }

  // A row with +infinity, or of nothing but -infinity and NaN.
  void without_maximum(const float* x, float* y, float max) const {
    bool masked = max < 0 && request_.fully_masked_zeros;
    for (size_t i = 0; masked && i < request_.n; ++i) masked = x[i] == x[i];
    fill(y, request_.n, masked ? 0.0f : __builtin_nanf(""));
  }

  // Rivals know no temperature: it takes a pass of its own.
  void rival(const float* x, float* y) const {
    if (request_.scale != 1.0f) {
      for (size_t i = 0; i < request_.n; ++i) y[i] = x[i] * request_.scale;
      x = y;
    }
    rival_row(kernels_, request_.algorithm, x, y, request_.n, blocks_, plan_.streaming);
  }

  const Kernels& kernels_;
  const Request& request_;
  const Plan& plan_;
  BlockSum* const blocks_;
};

// Along an inner axis: columns are gathered, a few at a time, into contiguous rows and scattered
// back.
struct Tiles {
  const Request& request;
  size_t columns;  // of one tile

  size_t per_outer() const { return (request.inner + columns - 1) / columns; }
  size_t count() const { return request.outer * per_outer(); }

  void run(const Runner& runner, size_t index, float* tile) const {
    const size_t n = request.n, inner = request.inner;
    const size_t column = index % per_outer() * columns;
    const size_t width = inner - column < columns ? inner - column : columns;
    const size_t at = index / per_outer() * n * inner + column;
    const float* x = request.input + at;
    float* y = request.output + at;
    for (size_t i = 0; i < n; ++i)
      for (size_t c = 0; c < width; ++c) tile[c * n + i] = x[i * inner + c];
    runner.rows(tile, tile, width);
    for (size_t i = 0; i < n; ++i)
      for (size_t c = 0; c < width; ++c) y[i * inner + c] = tile[c * n + i];
  }
};

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

}  // namespace

Status softmax(const Request& request, const Plan& plan) noexcept {
  const Kernels* kernels = kernels_for(request.isa);
  if (kernels == nullptr || !runnable(request.isa, host_cpu())) return Status::kIsaUnsupported;
  const size_t n = request.n, rows = request.outer * request.inner;
  if (n == 0 || rows == 0) return Status::kOk;

  // Threads that take whole rows, or whole tiles, have memory of their own.
  const bool strided = request.inner > 1;
  constexpr size_t kTileBytes = size_t{1} << 17;
  const Tiles tiles{request, n * sizeof(float) * 16 <= kTileBytes ? size_t{16} : size_t{4}};
  const size_t units = strided ? tiles.count() : rows;
  size_t parts = plan.split_rows ? 1 : plan.threads;
  if (parts > units) parts = units;
  const size_t block_bytes = (block_count(n) * sizeof(BlockSum) + 63) / 64 * 64;
  const size_t tile_bytes = strided ? (tiles.columns * n * sizeof(float) + 63) / 64 * 64 : 0;
  const Scratch scratch(parts * (block_bytes + tile_bytes));
  if (scratch.data() == nullptr) return Status::kOutOfMemory;

  const FloatMode mode(rows * n);
  parallel(plan.threads, parts, [&](size_t part) {
    char* memory = scratch.data() + part * (block_bytes + tile_bytes);
    const Runner runner(*kernels, request, plan, reinterpret_cast<BlockSum*>(memory));
    const Range range(units, 1, part, parts);
    if (!strided)
      return runner.rows(request.input + range.begin * n, request.output + range.begin * n,
                         range.end - range.begin);
    for (size_t i = range.begin; i < range.end; ++i)
      tiles.run(runner, i, reinterpret_cast<float*>(memory + block_bytes));
  });
  return Status::kOk;
}

Status softmax(const Request& request) noexcept {
  static const uint32_t processors = available_processors();
  return softmax(request, plan_for(request, host_cpu(), processors));
}

}  // namespace tps
