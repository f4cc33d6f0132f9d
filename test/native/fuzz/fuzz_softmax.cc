// SPDX-License-Identifier: MIT
// Any logits, any shape, through every kernel and plan of this processor: the bits of the
// definition, inside the buffers, and what is promised of any result. The first failed check
// aborts.
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmath>
#include <memory>

#include "forms.h"

namespace tps::test {

void fail(const char* file, int line, const std::string& what) {
  fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  abort();
}

namespace {

constexpr double kUlps = 3, kSumToOne = 3e-7;

// What the fuzzer writes: this, then floats that the logits are drawn from.
struct Head {
  float scale;
  uint16_t n;
  uint8_t rows, columns, offset, choice;
  uint8_t flags[2];  // 0: scaled, zeros, long; 1: threads
};

// Exactly `size` floats behind `offset` others, so that the sanitizer sees a step beyond them.
class Floats {
 public:
  Floats(size_t size, size_t offset) : memory_(new float[offset + size]), offset_(offset) {}
  float* data() { return memory_.get() + offset_; }

 private:
  std::unique_ptr<float[]> memory_;
  size_t offset_;
};

bool finite(float value) { return value - value == 0; }

// One row, `stride` apart, against exp in float64 and what holds for any row.
void check_row(const float* x, const float* y, size_t n, size_t stride, float scale, bool zeros) {
  float max = -HUGE_VALF;
  bool numbers = true;
  for (size_t i = 0; i < n; ++i) {
    const float value = x[i * stride];
    numbers = numbers && value < HUGE_VALF;  // false for NaN
    max = value > max ? value : max;
  }
  const bool masked = numbers && max == -HUGE_VALF;
  // Where the largest z overflows, the logits are shifted first.
  const bool overflows = !finite(max * scale);
  const auto below_max = [&](size_t i) {
    if (overflows) return (double{x[i * stride]} - max) * scale;
    return double{x[i * stride] * scale} - double{max * scale};
  };
  double exact_sum = 0, sum = 0;
  for (size_t i = 0; numbers && i < n; ++i) exact_sum += std::exp(below_max(i));
  for (size_t i = 0; i < n; ++i) {
    const float got = y[i * stride];
    if (masked && zeros) {
      CHECK(got == 0 && !std::signbit(got));
    } else if (masked || !numbers) {
      CHECK(got != got);
    } else {
      const double exact = std::exp(below_max(i)) / exact_sum;
      const double ulp = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
      const bool flushed = got == 0 && exact < FLT_MIN * (1 + kUlps * FLT_EPSILON);
      CHECK(got == 0 ? !std::signbit(got) : got >= FLT_MIN && got <= 1);
      CHECK(flushed || std::abs(got - exact) <= kUlps * ulp);
      sum += got;
      if (i == 0) continue;
      const float before = x[(i - 1) * stride], y_before = y[(i - 1) * stride];
      CHECK(before < x[i * stride] ? y_before <= got : y_before >= got);
      CHECK(before != x[i * stride] || y_before == got);
    }
  }
  if (numbers && !masked && n > 0) CHECK(std::abs(sum - 1) <= kSumToOne);
}

void check(const Head& head, const float* palette, size_t colours) {
  const bool scaled = (head.flags[0] & 1) != 0, zeros = (head.flags[0] & 2) != 0;
  const bool is_long = (head.flags[0] & 12) == 12, threaded = head.flags[1] % 16 == 1;
  const size_t n = head.n % (is_long ? 3000 : 70);
  const size_t outer = is_long ? 1 : 1 + head.rows % 20, inner = 1 + head.columns % 3;
  const size_t size = outer * n * inner, offset = head.offset % 16;
  const float scale = scaled && head.scale > 0 && finite(head.scale) ? head.scale : 1;

  Floats x(size, offset), want(size, 0);
  for (size_t i = 0; i < size; ++i) x.data()[i] = palette[i < colours ? i : i * i / 7 % colours];
  const Job definition{x.data(), want.data(), outer, n, inner, scale, zeros};
  run(Isa::kScalar, kDefinition, definition);
  for (size_t o = 0; o < outer; ++o)
    for (size_t k = 0; k < inner; ++k) {
      const size_t at = o * n * inner + k;
      check_row(x.data() + at, want.data() + at, n, inner, scale, zeros);
    }

  const std::vector<Plan> all = plans(n);
  for (const Isa isa : runnable_isas())
    for (size_t p = 0; p < all.size(); ++p) {
      // Scalar is slow: one plan a time.
      if (isa == Isa::kScalar && p != head.choice % all.size()) continue;
      Plan plan = all[p];
      plan.threads = threaded ? 3 : 1;
      plan.split_rows = threaded && plan.form != Form::kRows;
      Floats y(size, (offset + 3) % 16), in_place(size, offset);
      Job job = definition;
      job.y = y.data();
      run(isa, plan, job);
      memcpy(in_place.data(), x.data(), size * sizeof(float));
      job.x = job.y = in_place.data();
      run(isa, plan, job);
      const Note note(show_plan(isa, plan));
      CHECK(memcmp(y.data(), want.data(), size * sizeof(float)) == 0);
      CHECK(memcmp(in_place.data(), want.data(), size * sizeof(float)) == 0);
    }

  // Any algorithm by its name; rivals promise memory safety alone.
  for (const Isa isa : runnable_isas()) {
    Floats y(size, offset);
    Request request;
    request.input = x.data();
    request.output = y.data();
    request.outer = outer;
    request.n = n;
    request.inner = inner;
    request.scale = scale;
    request.isa = isa;
    request.algorithm = kAlgorithms[head.choice % kAlgorithmCount].algorithm;
    CHECK_EQ(softmax(request), Status::kOk);
  }
}

}  // namespace

Note::Note(std::string) {}
Note::~Note() {}

}  // namespace tps::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tps::test;
  Head head;
  if (size < sizeof(head) + sizeof(float)) return -1;
  memcpy(&head, data, sizeof(head));
  std::vector<float> palette((size - sizeof(head)) / sizeof(float));
  memcpy(palette.data(), data + sizeof(head), palette.size() * sizeof(float));
  check(head, palette.data(), palette.size());
  return 0;
}
