// SPDX-License-Identifier: MIT
#include "measure/fill.h"

#include "dispatch.h"
#include "kernels/fold.h"
#include "kernels/table.h"

namespace tps {
namespace {

// By stretches that the kernels for storage write. T: the type that `dtype` is computed in, whose
// fractions the numbers have.
template <typename T>
void fill_as(Dtype dtype, void* x, size_t n, double low, double high, uint64_t state) {
  constexpr int32_t kBits = sizeof(T) == sizeof(float) ? 24 : 53;
  const Storage& storage = kernels_for(Isa::kScalar)->storage[static_cast<size_t>(dtype)];
  T numbers[kBlock];
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t count = n - begin < kBlock ? n - begin : kBlock;
    for (size_t i = 0; i < count; ++i) {
      uint64_t z = state += 0x9e3779b97f4a7c15u;
      z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
      z = (z ^ z >> 27) * 0x94d049bb133111ebu;
      const double part = static_cast<double>((z ^ z >> 31) >> (64 - kBits)) * pow2(-kBits);
      numbers[i] = static_cast<T>(low + (high - low) * part);
    }
    char* to = static_cast<char*>(x) + begin * dtype_row(dtype).bytes;
    storage.write(numbers, 0, to, 0, 1, count);
  }
}

}  // namespace

void fill_uniform(Dtype dtype, void* x, size_t n, double low, double high, uint64_t seed) {
  const bool wide = dtype_row(dtype).arithmetic == Dtype::kFloat64;
  wide ? fill_as<double>(dtype, x, n, low, high, seed)
       : fill_as<float>(dtype, x, n, low, high, seed);
}

}  // namespace tps
