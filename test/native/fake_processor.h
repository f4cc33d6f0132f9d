// SPDX-License-Identifier: MIT
// A processor that replays recorded answers to CPUID and XGETBV. Where the manuals leave the answer
// open it claims everything, so that a decoder that asks there is caught.
#pragma once
#include <stdint.h>
#include <stdlib.h>

#include <vector>

#include "native/cpu.h"

namespace tps::test {

struct Leaf {
  uint32_t leaf, subleaf;
  Registers registers;
};

class FakeProcessor {
 public:
  FakeProcessor(uint64_t xcr0, std::vector<Leaf> leaves)
      : xcr0_(xcr0), leaves_(std::move(leaves)) {}

  uint32_t& at(uint32_t leaf, Register reg, uint32_t subleaf = 0) {
    for (Leaf& l : leaves_) {
      if (l.leaf == leaf && l.subleaf == subleaf) return l.registers.value[reg];
    }
    abort();
  }
  uint64_t& xcr0() { return xcr0_; }

  Cpu detect() const { return detect_cpu({cpuid, xgetbv, this}); }
  Registers answer(uint32_t leaf, uint32_t subleaf) const { return cpuid(this, leaf, subleaf); }

 private:
  static constexpr Registers kEverything = {{~0u, ~0u, ~0u, ~0u}};

  const Registers* find(uint32_t leaf, uint32_t subleaf) const {
    for (const Leaf& l : leaves_) {
      if (l.leaf == leaf && l.subleaf == subleaf) return &l.registers;
    }
    return nullptr;
  }
  static Registers cpuid(const void* self, uint32_t leaf, uint32_t subleaf) {
    const FakeProcessor& fake = *static_cast<const FakeProcessor*>(self);
    const Registers& range = *fake.find(leaf & 0x80000000, 0);
    if ((leaf & 0x7fffffff) != 0 && leaf > range.value[kEax]) return kEverything;
    if (leaf == 7 && subleaf > fake.find(7, 0)->value[kEax]) return kEverything;
    const Registers* answer = fake.find(leaf, subleaf);
    return answer != nullptr ? *answer : Registers{};
  }
  static uint64_t xgetbv(const void* self, uint32_t index) {
    const FakeProcessor& fake = *static_cast<const FakeProcessor*>(self);
    const bool faults = (fake.find(1, 0)->value[kEcx] >> 27 & 1) == 0 || index != 0;
    return faults ? ~uint64_t{0} : fake.xcr0_;
  }

  uint64_t xcr0_;
  std::vector<Leaf> leaves_;
};

// A copy of `fake`, changed.
template <class Change>
FakeProcessor changed(FakeProcessor fake, Change change) {
  change(fake);
  return fake;
}

}  // namespace tps::test
