// SPDX-License-Identifier: MIT
// The floating-point mode of the kernels: round to nearest, no traps, subnormals as zero. Results
// do not depend on the last (no operation that counts has a subnormal operand or result); it keeps
// the processor from slowing down on them. The caller's mode is restored.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace tps {

class FloatMode {
 public:
#if defined(__x86_64__) || defined(_M_X64)
  FloatMode() : saved_(_mm_getcsr()) {
    if (saved_ != kMode) _mm_setcsr(kMode);
  }
  ~FloatMode() {
    if (saved_ != kMode) _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned kMode = 0x9fc0;  // FTZ, DAZ, all exceptions masked
  unsigned saved_;
#else
  FloatMode() {}
  ~FloatMode() {}

 private:
#endif
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;
};

}  // namespace tps
