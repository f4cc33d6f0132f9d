// SPDX-License-Identifier: MIT
#include "topk.h"

#include "each_row.h"
#include "memory.h"
#include "select64.h"

namespace tps {
namespace {

// Elements are chosen by their logits, whatever the temperature; the exponentials are those of
// softmax, from the same sums.
template <typename T>
struct TopK {
  using Largest = typename Selection<T>::Largest;
  using Input = typename Arithmetic<T>::Input;
  using BlockSum = typename Arithmetic<T>::BlockSum;

  const Kernels& kernels;
  const TopKRequest& request;
  const Plan& plan;

  struct Arrays {
    typename Largest::Item* largest;
    char* logs;
    uint32_t* indices;
    T* probabilities;
    size_t bytes;
  };
  size_t bytes() const { return arrays(nullptr).bytes; }
  Arrays arrays(char* scratch) const {
    Memory memory(scratch);
    const size_t n = request.rows.n, k = request.k;
    return {memory.take<typename Largest::Item>(Largest::capacity(k, n)),
            memory.take<char>(LogsOf<T>::scratch_bytes(n)), memory.take<uint32_t>(k),
            memory.take<T>(k), memory.used()};
  }

  void operator()(const Batch<T>& batch) const {
    const Arrays row = arrays(batch.scratch);
    const LogsOf<T> logs(kernels, plan, request.rows.n, row.logs);
    const size_t k = request.k, inner = request.rows.inner;
    const size_t dtype = static_cast<size_t>(request.rows.dtype), size = kDtypes[dtype].bytes;
    char* const results = static_cast<char*>(request.probabilities);
    const bool contiguous = inner == 1 && size == sizeof(T);
    for (size_t r = 0; r < batch.count; ++r) {
      const T* x = batch.x + r * request.rows.n;
      const T scale = static_cast<T>(request.rows.adaptive ? adaptive_scale(logs.entropy(x, 1))
                                                           : request.rows.scale);
      const size_t number = batch.first + r;
      const size_t at = number / inner * k * inner + number % inner;
      char* const y = results + at * size;
      run(x, scale, logs.passes(), row, contiguous ? reinterpret_cast<T*>(y) : row.probabilities);
      for (size_t i = 0; i < k; ++i) request.indices[at + i * inner] = row.indices[i];
      if (!contiguous) kernels.storage[dtype].write(row.probabilities, 1, y, inner, k, 1);
    }
  }

 private:
  void run(const T* x, T scale, const RowPassesOf<T>& passes, const Arrays& row, T* y) const {
    const size_t n = request.rows.n, k = request.k;
    Largest largest(kernels, k, row.largest);
    bool selected = false;  // the exact path sums twice
    auto pass = passes.first(x, scale, false, [&](const Input& in) {
      if (selected) return passes.sum_exp(in);
      selected = true;
      if (has_many_blocks(in)) return select_by_maxima(in, passes, row.largest, &largest);
      return sum_and_select(in, passes.blocks(), &largest);
    });

    size_t found = 0;
    if (pass.kind == FirstPassOf<T>::kNumbers) found = largest.finish();
    for (size_t i = 0; i < found; ++i) row.indices[i] = static_cast<uint32_t>(largest.index(i));
    // Fewer than k elements are above -infinity, or the row has no distribution.
    const bool any = pass.kind != FirstPassOf<T>::kNumbers;
    for (size_t i = 0; i < n && found < k; ++i)
      if (any || x[i] == -__builtin_huge_valf()) row.indices[found++] = static_cast<uint32_t>(i);
    while (found < k) row.indices[found++] = 0;  // another thread has written to x meanwhile

    if (any) {
      const bool zeros = pass.kind == FirstPassOf<T>::kMasked && request.rows.fully_masked_zeros;
      return fill(y, k, zeros ? 0 : __builtin_nanf(""));
    }
    for (size_t i = 0; i < k; ++i) row.probabilities[i] = x[row.indices[i]];
    pass.in.x = row.probabilities;
    Arithmetic<T>::passes(kernels).scale_exp(pass.in, y, k, normalizer(pass.sum), false);
    if (n == 1) y[0] = 1;  // as softmax has it
  }

  // Then k of the blocks' maxima say at once what an element must reach.
  bool has_many_blocks(const Input& in) const {
    if constexpr (sizeof(T) != sizeof(float)) return false;
    return in.scale == 1 && block_count(request.rows.n) >= 2 * request.k;
  }

  // One read, and another of at most k blocks.
  auto select_by_maxima(const Input& in, const RowPassesOf<T>& passes,
                        typename Largest::Item* memory, Largest* largest) const {
    const auto sum = passes.sum_exp(in);
    if (stopped()) return sum;
    const BlockSum* const blocks = passes.blocks();
    const size_t n = request.rows.n, count = block_count(n), k = request.k;
    if constexpr (sizeof(T) == sizeof(float)) {
      Largest maxima(kernels, k, memory);
      float some[kBlock];
      for (size_t b = 0; b < count; b += kBlock) {
        const size_t part = count - b < kBlock ? count - b : kBlock;
        for (size_t i = 0; i < part; ++i) some[i] = blocks[b + i].max;
        maxima.add(some, part, some);
      }
      if (maxima.cut()) largest->expect(maxima.threshold());
    }
    const auto wanted = [&](size_t b) {
      while (b < count && !(blocks[b].max > largest->threshold())) ++b;
      return b;
    };
    for (size_t b = wanted(0), next; b < count; b = next) {
      next = wanted(b + 1);
      const size_t at = b * kBlock;
      largest->skip_to(at);
      largest->add(in.x + at, n - at < kBlock ? n - at : kBlock,
                   in.x + (next < count ? next : b) * kBlock);
    }
    return sum;
  }

  // One read: a few blocks are summed, which leaves them in the cache, and searched if their
  // maximum allows it.
  auto sum_and_select(const Input& in, BlockSum* blocks, Largest* largest) const {
    constexpr size_t kStretch = 4 * kBlock;
    const size_t n = request.rows.n;
    for (size_t at = 0; at < n;) {
      const size_t end = n - at < kStretch ? n : at + kStretch;
      Input stretch = in;
      stretch.x += at;
      Arithmetic<T>::passes(kernels).sum_exp(stretch, end - at, nullptr, blocks + at / kBlock,
                                             nullptr);
      for (; at < end; at += kBlock) {
        const size_t count = end - at < kBlock ? end - at : kBlock;
        if (blocks[at / kBlock].max < largest->threshold() * in.scale) continue;
        largest->skip_to(at);
        largest->add(in.x + at, count);
      }
    }
    return fold(blocks, block_count(n));
  }
};

}  // namespace

Status topk(const TopKRequest& request) noexcept { return choose_from_rows<TopK>(request); }

}  // namespace tps
