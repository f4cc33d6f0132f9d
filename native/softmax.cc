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
// Subtracting it from a z that can count is exact (both lie in one binade or two adjacent ones). Where
// z itself overflows, x is shifted before it is scaled. False: the row has no finite maximum.
bool shift_to_max(const Kernels& kernels, size_t n, float max, Input* in) {
  in->kind = Input::kShifted;
  if (max - max == 0) {
    in->after = max;
    return true;
  }
  in->before = kernels.max(input_of(in->x, 1.0f), n);
  return in->before - in->before == 0;
}

class Runner {
 public:
  Runner(const Kernels& kernels, const Request& request, const Plan& plan, BlockSum* blocks)
      : kernels_(kernels), request_(request), plan_(plan), blocks_(blocks) {}

  // Contiguous rows of n elements.
  void rows(const float* x, float* y, size_t count, size_t n) const {
    for (size_t r = 0; r < count; ++r) {
      if (plan_.form == Form::kRows) {
        r += kernels_.rows(input_of(x + r * n, request_.scale), y + r * n, count - r, n);
        if (r == count) return;
      }
      if (plan_.form == Form::kRival)
        rival(x + r * n, y + r * n, n);
      else
        row(x + r * n, y + r * n, n);
    }
  }

 private:
  // Rivals know no temperature: it takes a pass of its own.
  void rival(const float* x, float* y, size_t n) const {
    if (request_.scale != 1.0f) {
      for (size_t i = 0; i < n; ++i) y[i] = x[i] * request_.scale;
      x = y;
    }
    rival_row(kernels_, request_.algorithm, x, y, n, blocks_, plan_.streaming);
  }

  void row(const float* x, float* y, size_t n) const {
    Input in = input_of(x, request_.scale);
    // The reload form overwrites x when in place: the range must be known before.
    const bool reload = plan_.form != Form::kRecompute;
    float max = reload && x == y ? kernels_.max(in, n) : 0;
    RowSum sum{};
    if (is_safe(max)) {
      sum = first_pass(in, y, n, reload);
      max = sum.max;
    }
    if (!is_safe(max)) {
      if (!shift_to_max(kernels_, n, max, &in)) return without_maximum(x, y, n, in.before);
      sum = first_pass(in, y, n, reload);
    }
    if (sum.mantissa != sum.mantissa) return fill(y, n, __builtin_nanf(""));
    const Normalizer norm = normalizer(sum);
    if (reload)
      kernels_.scale(y, n, blocks_, norm);
    else
      kernels_.scale_exp(in, y, n, norm, plan_.streaming);
  }

  RowSum first_pass(const Input& in, float* y, size_t n, bool reload) const {
    kernels_.sum_exp(in, n, reload ? y : nullptr, blocks_, plan_.ahead, nullptr);
    return fold(blocks_, block_count(n));
  }

  // A row with +infinity, or of nothing but -infinity and NaN.
  void without_maximum(const float* x, float* y, size_t n, float max) const {
    bool masked = max < 0 && request_.fully_masked_zeros;
    for (size_t i = 0; masked && i < n; ++i) masked = x[i] == x[i];
    fill(y, n, masked ? 0.0f : __builtin_nanf(""));
  }

  const Kernels& kernels_;
  const Request& request_;
  const Plan& plan_;
  BlockSum* const blocks_;
};

// Columns are gathered, a few at a time, into contiguous rows and scattered back.
void strided(const Runner& runner, const Request& request, float* tile, size_t columns) {
  const size_t n = request.n, inner = request.inner;
  for (size_t o = 0; o < request.outer; ++o) {
    const float* x = request.input + o * n * inner;
    float* y = request.output + o * n * inner;
    for (size_t k = 0; k < inner; k += columns) {
      const size_t width = inner - k < columns ? inner - k : columns;
      for (size_t i = 0; i < n; ++i)
        for (size_t c = 0; c < width; ++c) tile[c * n + i] = x[i * inner + k + c];
      runner.rows(tile, tile, width, n);
      for (size_t i = 0; i < n; ++i)
        for (size_t c = 0; c < width; ++c) y[i * inner + k + c] = tile[c * n + i];
    }
  }
}

}  // namespace

Status softmax(const Request& request) noexcept {
  const Kernels* kernels = kernels_for(request.isa);
  if (kernels == nullptr || !runnable(request.isa, host_cpu())) return Status::kIsaUnsupported;
  const size_t n = request.n, count = request.outer * request.inner;
  if (n == 0 || count == 0) return Status::kOk;

  const Plan plan = plan_for(request, host_cpu());
  constexpr size_t kTileBytes = size_t{1} << 17;
  const size_t columns = n * sizeof(float) * 16 <= kTileBytes ? 16 : 4;
  const size_t tile = request.inner > 1 ? columns * n * sizeof(float) : 0;
  constexpr size_t kLocal = 64;
  BlockSum local[kLocal];
  BlockSum* blocks = local;
  const size_t block_bytes = block_count(n) > kLocal ? block_count(n) * sizeof(BlockSum) : 0;
  void* memory = nullptr;
  if (tile + block_bytes > 0) {
    memory = malloc(tile + block_bytes);
    if (memory == nullptr) return Status::kOutOfMemory;
    if (block_bytes > 0) blocks = static_cast<BlockSum*>(memory);
  }

  {
    const FloatMode mode;
    const Runner runner(*kernels, request, plan, blocks);
    if (request.inner > 1)
      strided(runner, request, reinterpret_cast<float*>(static_cast<char*>(memory) + block_bytes),
              columns);
    else
      runner.rows(request.input, request.output, count, n);
  }
  free(memory);
  return Status::kOk;
}

}  // namespace tps
