// SPDX-License-Identifier: MIT
// What numeric tests need: buffers between guard pages, distances in ULP, seeded random numbers.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <limits>
#include <type_traits>

#if defined(_WIN32)
#include <stdlib.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace tps::test {

enum class Flush { kStart, kEnd };

// `count` elements of T that touch the guard page at one end of their pages, or lie `offset`
// elements away from it. Touching a guard page faults; what lies between the elements and either
// guard page is filled with canaries. Without mmap there are canaries only.
template <class T>
class GuardedBuffer {
 public:
  GuardedBuffer(size_t count, Flush flush, size_t offset = 0) : count_(count) {
    const size_t used = (count + offset) * sizeof(T);
    const size_t page = page_bytes();
    room_ = (used + page - 1) / page * page + (used == 0 ? page : 0);
    pages_ = reserve(room_, page);
    memset(pages_, kCanary, room_);
    const size_t shift = offset * sizeof(T);
    data_ = reinterpret_cast<T*>(flush == Flush::kStart ? pages_ + shift : pages_ + room_ - used);
  }
  ~GuardedBuffer() { release(pages_, room_, page_bytes()); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return count_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

  // False once something wrote outside the elements.
  bool canaries_live() const {
    const unsigned char* first = reinterpret_cast<const unsigned char*>(data_);
    const unsigned char* last = first + count_ * sizeof(T);
    for (const unsigned char* p = pages_; p < pages_ + room_; ++p) {
      if ((p < first || p >= last) && *p != kCanary) return false;
    }
    return true;
  }

 private:
  static constexpr unsigned char kCanary = 0xa5;

#if defined(_WIN32)
  static size_t page_bytes() { return 4096; }
  static unsigned char* reserve(size_t room, size_t page) {
    unsigned char* memory = static_cast<unsigned char*>(_aligned_malloc(room, page));
    if (memory == nullptr) abort();
    return memory;
  }
  static void release(unsigned char* pages, size_t, size_t) { _aligned_free(pages); }
#else
  static size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
  static unsigned char* reserve(size_t room, size_t page) {
    void* memory = mmap(nullptr, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char* pages = static_cast<unsigned char*>(memory) + page;
    if (memory == MAP_FAILED || mprotect(pages, room, PROT_READ | PROT_WRITE) != 0) _exit(3);
    return pages;
  }
  static void release(unsigned char* pages, size_t room, size_t page) {
    munmap(pages - page, room + 2 * page);
  }
#endif

  size_t count_, room_;
  unsigned char* pages_;
  T* data_;
};

// Representable numbers from a to b. Zeros of both signs are one number, NaNs too; a NaN is at the
// largest distance from everything else.
template <class T>
uint64_t ulp_distance(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  static_assert(std::is_floating_point_v<T> && sizeof(T) == sizeof(Bits));
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b) ? 0 : UINT64_MAX;
  const auto magnitude = [](T value) {
    Bits bits;
    memcpy(&bits, &value, sizeof(bits));
    return uint64_t{static_cast<Bits>(bits & (std::numeric_limits<Bits>::max() >> 1))};
  };
  const uint64_t from = magnitude(a), to = magnitude(b);
  if (signbit(a) != signbit(b)) return from + to;
  return from > to ? from - to : to - from;
}

// Splitmix64.
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint64_t below(uint64_t limit) { return next() % limit; }
  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
  }
  double normal() {  // Box and Muller
    const double radius = sqrt(-2.0 * log(1.0 - uniform(0.0, 1.0)));
    return radius * cos(6.283185307179586 * uniform(0.0, 1.0));
  }

 private:
  uint64_t state_;
};

}  // namespace tps::test
