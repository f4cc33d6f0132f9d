// SPDX-License-Identifier: MIT
// The floating-point mode of the kernels: round to nearest, no traps, subnormals as zero. Results
// do not depend on the last (no operation that counts has a subnormal operand or result); it keeps
// the processor from slowing down on them, and is left out where the switch, some 100 ns, would
// cost more. The caller's mode is restored.
#pragma once
#include <stddef.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace tps {

class FloatMode {
 public:
#if defined(__x86_64__) || defined(_M_X64)
  explicit FloatMode(size_t elements) : saved_(_mm_getcsr()) {
    constexpr unsigned kFlags = 0x3f, kFlush = 0x8040,
                       kMasked = 0x1f80;  // kMasked: nearest, no traps
    constexpr size_t kFew = 4096;
    const unsigned control = saved_ & ~kFlags;
    switched_ = elements > kFew ? control != (kMasked | kFlush) : (control & ~kFlush) != kMasked;
    if (switched_) _mm_setcsr(kMasked | kFlush);
  }
  ~FloatMode() {
    if (switched_) _mm_setcsr(saved_);
  }

 private:
  unsigned saved_;
  bool switched_;
#else
  explicit FloatMode(size_t) {}
  ~FloatMode() {}

 private:
#endif
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;
};

}  // namespace tps
