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
      if (has_many_lanes(in)) return select_by_lanes(in, passes.blocks(), row.largest, &largest);
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

  // Then k of the maxima of lanes say at once what an element must reach: with 2k lanes, 1.4 k do.
  bool has_many_lanes(const Input& in) const {
    if constexpr (sizeof(T) == sizeof(float))
      return in.kind == Input::kPlain && request.rows.n / kBlock * 13 >= request.k;
    else
      return false;
  }

  // One read, and another of the blocks that may have such elements.
  auto select_by_lanes(const Input& in, BlockSum* blocks, typename Largest::Item* memory,
                       Largest* largest) const {
    const size_t n = request.rows.n, count = block_count(n);
    if constexpr (sizeof(T) == sizeof(float)) {
      Largest maxima(kernels, request.k, memory);
      float some[kBlock];
      uint32_t wanted[kBlock];
      const size_t whole = n / kBlock * kBlock, part_blocks = n / kBlock * 8 / request.k;
      const size_t step = (part_blocks > 0 ? part_blocks : 1) * kBlock;
      for (size_t at = 0, held = 0; at < whole; at += step) {
        const bool last = whole - at <= step;
        kernels.sum_lanes(RowPasses::part_of(in, at), last ? whole - at : step,
                          blocks + at / kBlock, some + held);
        held += 16;
        if (held < kBlock && !last) continue;
        maxima.add(some, held, some);
        held = 0;
      }
      kernels.sum_exp(RowPasses::part_of(in, whole), n - whole, nullptr, blocks + whole / kBlock,
                      nullptr);
      if (maxima.cut()) largest->expect(maxima.threshold());
      for (size_t first = 0; first < count; first += kBlock) {
        const size_t part = count - first < kBlock ? count - first : kBlock;
        for (size_t i = 0; i < part; ++i) some[i] = blocks[first + i].max;
        const size_t found = kernels.above(some, part, largest->threshold(), wanted, some);
        for (size_t i = 0; i < found; ++i) {
          const size_t at = (first + wanted[i]) * kBlock;
          const size_t next = (first + wanted[i + (i + 1 < found)]) * kBlock;
          largest->skip_to(at);
          largest->add(in.x + at, n - at < kBlock ? n - at : kBlock, in.x + next);
        }
      }
    }
    return fold(blocks, count);
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
