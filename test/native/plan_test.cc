// SPDX-License-Identifier: MIT
#include "native/plan.h"

#include <set>
#include <string>
#include <vector>

#include "check.h"
#include "native/trial.h"

namespace tps::test {
namespace {

constexpr size_t kKiB = 1024, kMiB = 1024 * kKiB;

// As the generic rows have it: 1 MiB of its own, 16 MiB shared.
Cpu small_processor() {
  static const Microarch plain = {"plain", nullptr, 0, {}, FeatureSet{}, {0, 8 * kMiB, "derived"}};
  Cpu cpu{};
  cpu.microarch = &plain;
  cpu.caches.l2.bytes = kMiB;
  cpu.caches.l3.bytes = 16 * kMiB;
  return cpu;
}

Request rows_of(size_t rows, size_t n) {
  Request request;
  request.outer = rows;
  request.n = n;
  request.inner = 1;
  request.threads = 1;
  return request;
}

std::string words(const Request& request, uint32_t processors = 2) {
  char text[kPlanWords];
  return describe(plan_for(request, small_processor(), processors), text);
}

TEST(plan_by_size) {
  const std::string either = "reload or recompute, streaming stores, 1 thread",
                    recompute = "recompute, streaming stores, 1 thread";
  CHECK_EQ(words(rows_of(1 << 20, 1000)), std::string("short rows, 1 thread"));
  CHECK_EQ(words(rows_of(1 << 20, 2000)), std::string("reload, 1 thread"));
  CHECK_EQ(words(rows_of(1, 125000)), std::string("reload, 1 thread"));
  CHECK_EQ(words(rows_of(1, 135000)), either);
  CHECK_EQ(words(rows_of(1, 2200000)), either);
  CHECK_EQ(words(rows_of(1, 2300000)), recompute);
  // What counts is all of the output.
  CHECK_EQ(words(rows_of(2, 50000)), std::string("reload, 1 thread"));
  CHECK_EQ(words(rows_of(3, 50000)), either);
  CHECK_EQ(words(rows_of(60, 50000)), recompute);
}

TEST(plan_without_a_trial) {
  const float x[1] = {0};
  float y[1];
  Request request = rows_of(1, 1000000);
  request.input = x;
  request.output = y;
  CHECK_EQ(plan_for(request, small_processor(), 2).form, Form::kEither);
  request.input = y;
  CHECK_EQ(words(request), std::string("reload, 1 thread"));
  request.input = x;
  request.dtype = request.output_dtype = Dtype::kFloat64;
  CHECK_EQ(plan_for(request, small_processor(), 2).form, Form::kReload);
  request.dtype = request.output_dtype = Dtype::kFloat16;
  CHECK_EQ(plan_for(request, small_processor(), 2).form, Form::kReload);
  // Halves become float32 where their results go, some rows at a time.
  request.output_dtype = Dtype::kFloat32;
  CHECK_EQ(words(request), std::string("reload, 1 thread"));
  request.outer = 10;
  CHECK_EQ(words(request), std::string("reload, 1 thread"));
  request.outer = 1;
  request.dtype = request.output_dtype = Dtype::kFloat32;
  request.inner = 2;
  CHECK_EQ(plan_for(request, small_processor(), 2).form, Form::kReload);
  // The rivals store past the caches where nothing else is worth it.
  request.inner = 1;
  request.algorithm = Algorithm::kEquippedThreePass;
  CHECK(!plan_for(request, small_processor(), 2).streaming);
  request.n = 4000000;
  CHECK(plan_for(request, small_processor(), 2).streaming);
  request.algorithm = Algorithm::kAuto;
  CHECK_EQ(words(request), std::string("recompute, streaming stores, 1 thread"));
  // In place, what counts is what the threads have in hand.
  request.input = y;
  CHECK_EQ(words(request), std::string("recompute, streaming stores, 1 thread"));
  request.outer = 20;
  request.n = 300000;
  CHECK_EQ(words(request), std::string("reload, 1 thread"));
  request.threads = 8;
  CHECK_EQ(words(request, 8), std::string("recompute, streaming stores, 8 threads, whole rows"));
  for (const size_t rows : {4, 8, 15}) {
    request.outer = rows;
    CHECK_EQ(words(request, 8), std::string("reload, 8 threads to a row"));
  }
}

// Times by turns, the first of them storing.
bool stores_after(const double (&times)[4]) {
  Trial trial(Form::kEither, 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(trial.open() && trial.may_store());
    CHECK_EQ(trial.stores(), i % 2 == 0);
    trial.turn_took(times[i]);
  }
  CHECK(!trial.open());
  CHECK_EQ(trial.may_store(), trial.stores());
  return trial.stores();
}

TEST(trial_finds_where_the_output_lies) {
  const double near[] = {0.9e-9, 0.4e-9, 0.3e-9, 0.2e-9}, far[] = {0.6e-9, 0.4e-9, 0.5e-9, 0.2e-9};
  CHECK(stores_after(near));
  CHECK(stores_after(far));  // once is not enough
  CHECK(!stores_after(far));
  CHECK(!stores_after(far));
  CHECK(stores_after(near));
  CHECK(stores_after(far));
  CHECK(stores_after(near));
}

TEST(trial_begins_at_another_place_each_time) {
  constexpr size_t kStretches = 100, kTrials = 20;
  for (const bool far : {false, true}) {
    const double times[] = {far ? 0.5e-9 : 0.3e-9, 0.2e-9, far ? 0.5e-9 : 0.3e-9, 0.2e-9};
    for (int i = 0; i < 2; ++i) stores_after(times);
    std::set<size_t> places;
    for (size_t i = 0; i < kTrials; ++i) {
      Trial trial(Form::kEither, kStretches);
      size_t place = 0;
      for (; !trial.open(); place += trial.skip(1)) CHECK_EQ(trial.stores(), !far);
      CHECK(place <= kStretches - 4);
      CHECK_EQ(trial.skip(kStretches), size_t{0});
      places.insert(place);
    }
    CHECK(places.size() > kTrials * 3 / 4);
  }
}

TEST(trial_too_short_keeps_what_was_found) {
  for (const bool far : {true, false}) {
    const double times[] = {far ? 0.5e-9 : 0.3e-9, 0.2e-9, far ? 0.5e-9 : 0.3e-9, 0.2e-9};
    for (int i = 0; i < 2; ++i) stores_after(times);
    for (size_t stretches = 1; stretches < 4; ++stretches) {
      Trial trial(Form::kEither, stretches);
      CHECK_EQ(trial.skip(stretches), size_t{0});
      CHECK(!trial.open());
      CHECK_EQ(trial.stores(), !far);
      CHECK_EQ(trial.may_store(), !far);
    }
  }
}

// Where a trial of so many stretches begins tells how many began before it.
uint32_t next_place() {
  Trial trial(Form::kEither, (size_t{1} << 32) + 4);
  return static_cast<uint32_t>(trial.skip(SIZE_MAX));
}

TEST(trial_is_one_for_the_rows_of_a_batch) {
  const std::vector<float> x(3 * 32768, 1.0f);
  std::vector<float> y(x.size());
  Request request = rows_of(3, 32768);
  request.input = x.data();
  request.output = y.data();
  for (const bool adaptive : {false, true}) {
    request.adaptive = adaptive;
    const uint32_t first = next_place(), second = next_place();
    CHECK_EQ(softmax(request, Plan{Form::kEither, true, 1, false}), Status::kOk);
    CHECK_EQ(next_place() - second, 2 * (second - first));
  }
}

TEST(trial_of_one_form) {
  for (const Form form : {Form::kRows, Form::kReload, Form::kRecompute}) {
    const Trial trial(form, 1);
    CHECK(!trial.open());
    CHECK_EQ(trial.stores(), form != Form::kRecompute);
  }
}

}  // namespace
}  // namespace tps::test
