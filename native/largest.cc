// SPDX-License-Identifier: MIT
#include "largest.h"

#include <string.h>

#include <algorithm>

namespace tps {
namespace {

// Collected beyond k before they are cut down: the more, the fewer cuts and the older the
// threshold.
size_t slack(size_t k) { return k + 16; }

constexpr uint32_t kSign = uint32_t{1} << 31;

// A type of our own: what the library makes for it stays inside the binary.
struct Falling {
  bool operator()(Key a, Key b) const { return a > b; }
};

}  // namespace

Key key_of(float x, size_t index) {
  x += 0;  // zeros of one sign
  uint32_t u;
  memcpy(&u, &x, sizeof(u));
  u ^= (0 - (u >> 31)) | kSign;  // without a branch: signs may be anyhow
  return static_cast<Key>(u) << 32 | ~static_cast<uint32_t>(index);
}

float value_of(Key key) {
  uint32_t u = static_cast<uint32_t>(key >> 32);
  u ^= (u & kSign) != 0 ? kSign : ~uint32_t{0};
  float x;
  memcpy(&x, &u, sizeof(x));
  return x;
}

size_t Largest::capacity(size_t k, size_t n) { return std::min(k + slack(k) + kBlock, n); }

// The key below, or, below 0, that below both zeros.
void Largest::expect(float reached) {
  threshold_ = value_of(key_of(reached, 0) - (Key{reached == 0 ? 2u : 1u} << 32));
}

void Largest::add(const float* x, size_t n, const float* next) {
  uint32_t found[kBlock];
  // A NaN is all there is to know of a row, and must not become the threshold.
  while (n > 0 && !has_nan_) {
    // Short steps first, while the threshold rises fast.
    const size_t step = std::min(n, std::min(kBlock, std::max(seen_, size_t{64})));
    const size_t more = kernels_.above(x, step, threshold_, found, next);
    for (size_t i = 0; i < more; ++i) {
      const float value = x[found[i]];
      has_nan_ |= value != value;
      keys_[count_++] = key_of(value, seen_ + found[i]);
    }
    seen_ += step;
    x += step;
    next += step;
    n -= step;
    if (!has_nan_ && count_ > k_ + slack(k_)) cut();
  }
}

bool Largest::cut() {
  if (count_ < k_) return false;
  std::nth_element(keys_, keys_ + k_ - 1, keys_ + count_, Falling());
  count_ = k_;
  threshold_ = value_of(keys_[k_ - 1]);
  return true;
}

size_t Largest::finish() {
  if (count_ > k_) cut();
  std::sort(keys_, keys_ + count_, Falling());
  return count_;
}

}  // namespace tps
