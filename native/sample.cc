// SPDX-License-Identifier: MIT
#include "sample.h"

#include "each_row.h"
#include "select64.h"

namespace tps {
namespace {

// The finalizer of splitmix64 (Steele, Lea, Flood 2014), which spreads every bit over all.
uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

template <typename T>
struct Sample {
  using Largest = typename Selection<T>::Largest;
  using WeighedRow = typename Selection<T>::WeighedRow;

  const Kernels& kernels;
  const SampleRequest& request;
  const Plan& plan;

  size_t bytes() const {
    Memory memory(nullptr);
    const Row row(*this, &memory);
    return memory.used();
  }

  void operator()(const Batch<T>& batch) const {
    Memory memory(batch.scratch);
    Row row(*this, &memory);
    for (size_t r = 0; r < batch.count; ++r) {
      const size_t number = batch.first + r;
      const double u =
          request.uniforms != nullptr ? request.uniforms[number] : uniform_of(request.seed, number);
      const Drawn drawn = draw(batch.x + r * request.rows.n, u, &row);
      request.indices[number] = static_cast<uint32_t>(drawn.index);
      request.probabilities[number] = drawn.probability;
      request.log_probabilities[number] = drawn.log_probability;
    }
  }

 private:
  bool has_top_k() const { return request.top_k > 0 && request.top_k < request.rows.n; }

  struct Row {
    typename Largest::Item* items;
    T* largest;
    WeighedRow weighed;
    char* logs;

    Row(const Sample& s, Memory* memory)
        : items(memory->take<typename Largest::Item>(
              s.has_top_k() ? Largest::capacity(s.request.top_k, s.request.rows.n) : 0)),
          largest(memory->take<T>(s.has_top_k() ? s.request.top_k : 0)),
          weighed(s.kernels, s.plan, s.has_top_k() ? s.request.top_k : s.request.rows.n,
                  s.request.top_p < 1 && !s.has_top_k(), memory),
          logs(memory->take<char>(
              s.request.rows.adaptive ? LogsOf<T>::scratch_bytes(s.request.rows.n) : 0)) {}
  };

  // The largest logits are a row of their own: no other exponential is computed.
  Drawn draw(const T* x, double u, Row* row) const {
    constexpr Drawn kNone{0, __builtin_nan(""), __builtin_nan("")};
    size_t n = request.rows.n;
    const T scale = static_cast<T>(
        request.rows.adaptive ? adaptive_scale(LogsOf<T>(kernels, plan, n, row->logs).entropy(x, 1))
                              : request.rows.scale);
    Largest largest(kernels, request.top_k, row->items);
    if (has_top_k()) {
      largest.add(x, n);
      n = largest.finish();
      if (n == 0 || largest.has_nan()) return kNone;
      for (size_t i = 0; i < n; ++i) row->largest[i] = x[largest.index(i)];
      x = row->largest;
    }
    if (!row->weighed.weigh(x, n, scale)) return kNone;
    if (request.top_p < 1 || request.min_p > 0)
      row->weighed.filter(request.top_p, request.min_p, has_top_k());
    Drawn drawn = row->weighed.draw(u);
    if (has_top_k()) drawn.index = largest.index(drawn.index);
    return drawn;
  }
};

}  // namespace

double uniform_of(uint64_t seed, uint64_t row) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
  return static_cast<double>(mix(mix(seed + kGolden) + (row + 1) * kGolden) >> 11) * 0x1p-53;
}

Status sample(const SampleRequest& request) noexcept { return choose_from_rows<Sample>(request); }

}  // namespace tps
