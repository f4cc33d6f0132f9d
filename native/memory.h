// SPDX-License-Identifier: MIT
#pragma once
#include <stddef.h>

namespace tps {

// Arrays of plain numbers out of one piece of memory, one after another. With nullptr it only
// counts the bytes.
class Memory {
 public:
  explicit Memory(char* memory) : memory_(memory) {}

  template <typename T>
  T* take(size_t count) {
    T* const array = memory_ != nullptr ? reinterpret_cast<T*>(memory_ + used_) : nullptr;
    used_ += (count * sizeof(T) + 63) / 64 * 64;
    return array;
  }
  size_t used() const { return used_; }

 private:
  char* const memory_;
  size_t used_ = 0;
};

}  // namespace tps
