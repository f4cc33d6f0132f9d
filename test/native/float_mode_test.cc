// SPDX-License-Identifier: MIT
// The caller's floating-point mode: results do not depend on it, and it comes back untouched.
#include "native/float_mode.h"

#include "buffers.h"
#include "forms.h"
#include "logits.h"
#include "native/family.h"
#include "native/kernels/fold.h"
#include "native/thread_pool.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

namespace tps::test {
namespace {

struct Mode {
  const char* name;
  unsigned control;
};
constexpr Mode kModes[] = {{"default", 0x1f80},      {"FTZ", 0x9f80},        {"DAZ", 0x1fc0},
                           {"FTZ and DAZ", 0x9fc0},  {"round down", 0x3f80}, {"round up", 0x5f80},
                           {"round to zero", 0x7f80}};

class Within {
 public:
  explicit Within(const Mode& mode) : note_(mode.name), saved_(_mm_getcsr()) {
    _mm_setcsr(mode.control);
  }
  ~Within() { _mm_setcsr(saved_); }

 private:
  const Note note_;
  const unsigned saved_;
};
unsigned control() { return _mm_getcsr() & ~0x3fu; }

// Rows with results near 2^-126, subnormal logits, masks, the exact path.
std::vector<float> rows(size_t count, size_t n) {
  Rng rng(seed());
  std::vector<float> x(count * n);
  constexpr size_t kKinds = std::size(kOrdinary);
  for (size_t r = 0; r < count; ++r)
    (r % (kKinds + 1) < kKinds ? kOrdinary[r % (kKinds + 1)] : kHostile[0])
        .fill(x.data() + r * n, n, rng);
  return x;
}

void check_modes(Isa isa, const Plan& plan, size_t count, size_t n, double scale) {
  const Note note(show_plan(isa, plan) + ", n " + show(n) + ", scale " + show(scale));
  const std::vector<float> x = rows(count, n);
  std::vector<float> expected(x.size()), y(x.size());
  run(Isa::kScalar, kDefinition, {x.data(), expected.data(), count, n, 1, scale, false});
  for (const Mode& mode : kModes) {
    const Within within(mode);
    run(isa, plan, {x.data(), y.data(), count, n, 1, scale, false});
    CHECK_EQ(control(), mode.control);
    CHECK(memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0);
  }
}

TEST(float_mode_changes_no_result_and_is_kept) {
  for (const Isa isa : runnable_isas())
    for (const auto& [count, n] : {std::pair<size_t, size_t>{13, 5}, {13, 100}, {13, 5000}})
      for (const float scale : {1.0f, 0.7f, 1e30f, 2.9387359e-39f}) {
        for (const Plan& plan : plans(n)) check_modes(isa, plan, count, n, scale);
        if (isa == best_isa(host_cpu()) && n == 5000) {
          for (const bool split_rows : {false, true})
            check_modes(isa, {Form::kReload, false, 3, split_rows}, count, n, scale);
        }
      }
  check_modes(best_isa(host_cpu()), {Form::kRecompute, true, 4, true}, 13, 70001, 1);
}

// What all calls make of a row, one after another.
std::vector<uint8_t> answers(Request request) {
  const size_t bytes = request.n * dtype_row(request.dtype).bytes;
  std::vector<uint8_t> all(3 * bytes + 4 * sizeof(double));
  uint8_t* at = all.data();
  for (Status (*call)(const Request&) noexcept : {log_softmax, stable_max, softmax}) {
    request.output = at;
    CHECK_EQ(call(request), Status::kOk);
    at += bytes;
  }
  double values[4] = {};
  CHECK_EQ(log_sum_exp(request, &values[0]), Status::kOk);
  CHECK_EQ(entropy(request, &values[1]), Status::kOk);
  CHECK_EQ(sum_exp(request, &values[2], &values[3]), Status::kOk);
  memcpy(at, values, sizeof(values));
  return all;
}

// Subnormal logits and results near the threshold.
TEST(float_mode_changes_no_result_of_any_type) {
  for (const DtypeRow& row : kDtypes)
    for (const size_t n : {40, 5000}) {
      const Note note(std::string(row.name) + ", n " + show(n));
      Rng rng(seed());
      std::vector<double> x(n);
      for (size_t i = 0; i < n; ++i) x[i] = i % 3 != 0 ? rng.uniform(-708.5, -708.3) : 1e-310;
      auto* halves = reinterpret_cast<uint16_t*>(x.data());
      for (size_t i = 0; row.bytes == 2 && i < n; ++i)
        halves[i] = static_cast<uint16_t>(rng.below(0x3c00) | rng.below(2) << 15);
      if (row.dtype == Dtype::kFloat32)
        kOrdinary[rng.below(2) + 10].fill(reinterpret_cast<float*>(x.data()), n, rng);
      Request request;
      request.dtype = request.output_dtype = row.dtype;
      request.input = x.data();
      request.n = n;
      request.isa = best_isa(host_cpu());
      const std::vector<uint8_t> expected = answers(request);
      for (const Mode& mode : kModes) {
        const Within within(mode);
        CHECK(answers(request) == expected);
        CHECK_EQ(control(), mode.control);
      }
    }
}

// The kernels themselves do not care for FTZ and DAZ.
TEST(float_mode_of_kernels_is_free_to_flush) {
  constexpr size_t kLength = 3000;
  for (const Isa isa : runnable_isas()) {
    const Kernels& kernels = *kernels_for(isa);
    const Note note(isa_row(isa).name);
    for (const Logits& logits : kOrdinary) {
      Rng rng(seed());
      std::vector<float> x(kLength), v(kLength), y(kLength);
      logits.fill(x.data(), kLength, rng);
      const Input in{x.data(), 1, 0, 0, Input::kPlain};
      const float max = kernels.max(in, kLength);
      if (max < kLowest || max > kSafe) continue;
      std::vector<float> expected_v, expected_y;
      for (const Mode& mode : {kModes[0], kModes[1], kModes[2], kModes[3]}) {
        const Within within(mode);
        const Note kind(logits.name);
        BlockSum blocks[3];
        kernels.sum_exp(in, kLength, v.data(), blocks, nullptr);
        kernels.scale_exp(in, y.data(), kLength, normalizer(fold(blocks, 3)), false);
        if (mode.control == kModes[0].control) {
          expected_v = v;
          expected_y = y;
        }
        CHECK(memcmp(v.data(), expected_v.data(), kLength * sizeof(float)) == 0);
        CHECK(memcmp(y.data(), expected_y.data(), kLength * sizeof(float)) == 0);
      }
    }
  }
}

TEST(float_mode_by_size_and_scale) {
  const auto inside = [](const Mode& mode, size_t elements, float scale) {
    const Within within(mode);
    const FloatMode chosen(elements, scale);
    return control();
  };
  for (const Mode& mode : kModes) {
    const bool nearest = (mode.control & 0x6000) == 0;
    CHECK_EQ(inside(mode, 1 << 20, 1), 0x9fc0u);
    CHECK_EQ(inside(mode, 16, 1), nearest ? mode.control : 0x9fc0u);
    for (const size_t elements : {16, 1 << 20})
      for (const float scale : {1e-40f, 1e30f}) CHECK_EQ(inside(mode, elements, scale), 0x1f80u);
  }
}

TEST(float_mode_of_workers_is_their_callers) {
  for (const Mode& mode : kModes) {
    const Within within(mode);
    unsigned seen[64] = {};
    parallel_for(
        4, 64,
        [](void* context, size_t part) {
          static_cast<unsigned*>(context)[part] = control();
          for (volatile int i = 0; i < 2000; i = i + 1) continue;  // let the others have some
        },
        seen);
    for (const unsigned one : seen) CHECK_EQ(one, mode.control);
  }
  stop_workers();
}

// Which parts of the vector registers are in use: XGETBV with ECX = 1, where the processor has it.
bool tells_use() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & 1u << 27) == 0) return false;
  return __get_cpuid_count(13, 1, &a, &b, &c, &d) && (a & 4) != 0;
}
unsigned upper_halves_in_use() {
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
  return low & (1u << 2 | 1u << 6);
}

TEST(float_mode_upper_halves_are_clean_after_a_call) {
  if (!tells_use() || best_isa(host_cpu()) == Isa::kScalar) return;
  __asm__ volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0" ::: "xmm0");
  const bool sees = upper_halves_in_use() != 0;
  __asm__ volatile("vzeroupper" :::);
  if (!sees) return;  // an emulator
  const size_t kLengths[] = {1, 3, 16, 40, 70, 1000, 5000, 70001};
  for (const Isa isa : runnable_isas())
    for (const size_t n : kLengths)
      for (const Plan& plan : plans(n)) {
        std::vector<float> x = rows(1, n), y(n);
        Request request;
        request.input = x.data();
        request.output = y.data();
        request.n = n;
        request.isa = isa;
        softmax(request, plan);
        const unsigned used = upper_halves_in_use();
        const Note note(show_plan(isa, plan) + ", n " + show(n));
        CHECK_EQ(used, 0u);
      }
}

}  // namespace
}  // namespace tps::test
#endif
