// SPDX-License-Identifier: MIT
// The floating-point mode of the kernels: round to nearest, no traps, subnormals as zero. Results
// do not depend on the last (no operation that counts has a subnormal operand or result); it keeps
// the processor from slowing down on them, and is left out where the switch, some 100 ns, would
// cost more. An extreme `scale` is the exception: it may be subnormal itself, or make subnormal
// logits count, so there subnormals are kept. The caller's mode is restored.
#pragma once
#include <stddef.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace tps {

class FloatMode {
 public:
#if defined(__x86_64__) || defined(_M_X64)
  struct Control {
    unsigned bits;  // of MXCSR, without its flags
  };
  static Control current() { return {_mm_getcsr() & ~0x3fu}; }
#else
  struct Control {};
  static Control current() { return {}; }
#endif

  FloatMode(size_t elements, double scale) : FloatMode(wanted(elements, scale)) {}

#if defined(__x86_64__) || defined(_M_X64)
  explicit FloatMode(Control mode)
      : saved_(_mm_getcsr()), switched_((saved_ & ~0x3fu) != mode.bits) {
    if (switched_) _mm_setcsr(mode.bits);
  }
  ~FloatMode() {
    if (switched_) _mm_setcsr(saved_);
  }

 private:
  static Control wanted(size_t elements, double scale) {
    constexpr unsigned kNearest = 0x1f80, kFlush = 0x8040;  // no traps; FTZ and DAZ
    constexpr size_t kFew = 4096;
    if (scale < 0x1p-126 || scale > 0x1p96) return {kNearest};
    const bool leave = elements <= kFew && (current().bits & ~kFlush) == kNearest;
    return leave ? current() : Control{kNearest | kFlush};
  }

  const unsigned saved_;
  const bool switched_;
#else
  explicit FloatMode(Control) {}
  ~FloatMode() {}

 private:
  static Control wanted(size_t, double) { return {}; }
#endif
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;
};

}  // namespace tps
