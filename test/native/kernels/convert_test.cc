// SPDX-License-Identifier: MIT
// Elements of 16 bits to float32 and back, for each of the 65,536 patterns and every float between
// two of them, against their definition; and rows to columns and back, against plain loops. Every
// isa gives the same bits.
#include "native/kernels/kernels.h"

#include "../buffers.h"
#include "../halves.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace tps::test {
namespace {

const Storage& storage_of(Isa isa, Dtype dtype) {
  return kernels_for(isa)->storage[static_cast<size_t>(dtype)];
}

template <class Body>
void each_half(const Body& body) {
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBFloat16})
    for (const Isa isa : runnable_isas()) {
      const Note note(std::string(isa_row(isa).name) + ", " + dtype_row(dtype).name);
      body(storage_of(isa, dtype), dtype);
    }
}

TEST(convert_reads_every_half) {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < 65536; ++i) halves[i] = static_cast<uint16_t>(i);
  each_half([&](const Storage& storage, Dtype dtype) {
    std::vector<float> got(65536);
    storage.read(halves.data(), 0, got.data(), 0, 1, got.size());
    for (size_t i = 0; i < 65536; ++i) {
      const double expected = value_of(dtype, halves[i]);
      if (expected != expected)
        CHECK(got[i] != got[i]);
      else
        CHECK(got[i] == expected && signbit(got[i]) == signbit(expected));
    }
  });
}

TEST(convert_writes_the_nearest_half) {
  Rng rng(seed());
  each_half([&](const Storage& storage, Dtype dtype) {
    std::vector<float> x;
    for (uint32_t i = 0; i < 65536; ++i) {
      const double value = value_of(dtype, static_cast<uint16_t>(i));
      const float f = static_cast<float>(value);
      x.push_back(f);
      if (!(fabs(value) < HUGE_VAL)) continue;
      // Half way to the next, where ties go to even, and its neighbours.
      const double next = next_of(dtype, static_cast<uint16_t>(i));
      const float middle = static_cast<float>((value + next) / 2);
      for (const float v : {middle, nextafterf(middle, 0), nextafterf(middle, HUGE_VALF)})
        x.push_back(v);
      x.push_back(static_cast<float>(value + (next - value) * rng.uniform(0, 1)));
    }
    for (const float v : {FLT_MAX, -FLT_MAX, HUGE_VALF, -HUGE_VALF, FLT_TRUE_MIN, -FLT_TRUE_MIN})
      x.push_back(v);
    for (int i = 0; i < 100000; ++i) x.push_back(from_bits(static_cast<uint32_t>(rng.next())));
    std::vector<uint16_t> got(x.size());
    storage.write(x.data(), 0, got.data(), 0, 1, x.size());
    for (size_t i = 0; i < x.size(); ++i)
      if (got[i] != half_of(dtype, x[i]))
        fail(__FILE__, __LINE__, show(x[i]) + " gives " + show(got[i]));
  });
}

#if defined(__x86_64__)
// Reading and writing ignore the modes in which the kernels may run.
TEST(convert_keeps_subnormals_in_every_mode) {
  each_half([&](const Storage& storage, Dtype dtype) {
    constexpr size_t kCount = 200;
    uint16_t low[kCount], back[kCount];
    float floats[kCount], expected[kCount];
    for (size_t i = 0; i < kCount; ++i) {
      low[i] = static_cast<uint16_t>(i % 2 * 0x8000 + i / 2);
      expected[i] = static_cast<float>(value_of(dtype, low[i]));
    }
    const unsigned saved = _mm_getcsr();
    _mm_setcsr(0x9fc0);  // FTZ and DAZ
    storage.read(low, 0, floats, 0, 1, kCount);
    storage.write(floats, 0, back, 0, 1, kCount);
    _mm_setcsr(saved);
    CHECK(memcmp(back, low, sizeof(low)) == 0);
    CHECK(memcmp(floats, expected, sizeof(expected)) == 0);
  });
}
#endif

// Rows of a few elements, between guard pages.
TEST(convert_touches_nothing_else) {
  Rng rng(seed());
  for (const DtypeRow& row : kDtypes)
    for (const Isa isa : runnable_isas())
      for (size_t n = 1; n < 70; ++n)
        for (const Flush flush : {Flush::kStart, Flush::kEnd}) {
          const Note note(std::string(isa_row(isa).name) + ", " + row.name + ", n " + show(n));
          const size_t rows = 1 + rng.below(3), stride = n + rng.below(20),
                       pitch = n + rng.below(9);
          const size_t wide = dtype_row(row.arithmetic).bytes;
          GuardedBuffer<uint8_t> x(((rows - 1) * stride + n) * row.bytes, flush);
          GuardedBuffer<uint8_t> y(x.size(), flush);
          GuardedBuffer<uint8_t> z(((rows - 1) * pitch + n) * wide, flush);
          for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(rng.below(0x40));
          memset(y.data(), 0xee, y.size());
          const Storage& storage = storage_of(isa, row.dtype);
          storage.read(x.data(), stride, z.data(), pitch, rows, n);
          storage.write(z.data(), pitch, y.data(), stride, rows, n);
          for (size_t i = 0; i < x.size(); ++i)
            CHECK_EQ(y[i], i % (stride * row.bytes) < n * row.bytes ? x[i] : 0xee);
          CHECK(y.canaries_live() && z.canaries_live());
        }
}

template <class T, class Turn>
void check_turn(const Turn& turn, Rng& rng) {
  const size_t height = 1 + rng.below(40), width = 1 + rng.below(70);
  const size_t from_pitch = width + rng.below(20), to_pitch = height + rng.below(20);
  const Note note(show(height) + " x " + show(width));
  GuardedBuffer<T> from((height - 1) * from_pitch + width, Flush::kEnd);
  GuardedBuffer<T> to((width - 1) * to_pitch + height, Flush::kEnd);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
  for (size_t i = 0; i < to.size(); ++i) to[i] = T(-1);
  turn(from.data(), from_pitch, to.data(), to_pitch, height, width);
  for (size_t i = 0; i < to.size(); ++i) {
    const size_t c = i / to_pitch, r = i % to_pitch;
    CHECK_EQ(to[i], r < height ? static_cast<T>(r * from_pitch + c) : T(-1));
  }
  CHECK(from.canaries_live() && to.canaries_live());
}

TEST(convert_turns_columns_into_rows) {
  Rng rng(seed());
  for (size_t i = 0; i < cases(2000); ++i)
    for (const Isa isa : runnable_isas()) {
      const Note note(isa_row(isa).name);
      check_turn<float>(kernels_for(isa)->turn, rng);
      check_turn<double>(kernels_for(isa)->float64.turn, rng);
    }
}

}  // namespace
}  // namespace tps::test
