// SPDX-License-Identifier: MIT
// oneDNN's softmax and ours on the same buffers, by turns, each in one thread:
//   bench_onednn <isa> <rows> <n> <seconds>
// prints one line of JSON: the samples in nanoseconds and the worst errors in ULP. The isa of
// oneDNN is the environment's business (DNNL_MAX_CPU_ISA), and so is OMP_NUM_THREADS=1.
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "dispatch.h"
#include "measure/job.h"

namespace {

using namespace tps;

constexpr double kSample = 50e3;  // nanoseconds that a timing takes at least
constexpr size_t kLeastRounds = 9, kMostRounds = 60;

void require(dnnl_status_t status, const char* what) {
  if (status == dnnl_success) return;
  fprintf(stderr, "%s: oneDNN status %d\n", what, status);
  exit(1);
}

// A softmax over the rows of one pair of buffers.
class OneDnn {
 public:
  OneDnn(size_t rows, size_t n, float* x, float* y) {
    dnnl_memory_desc_t memory;
    const dnnl_dims_t dims = {static_cast<dnnl_dim_t>(rows), static_cast<dnnl_dim_t>(n)};
    require(dnnl_memory_desc_init_by_tag(&memory, 2, dims, dnnl_f32, dnnl_ab), "memory");
    dnnl_softmax_desc_t softmax;
    require(dnnl_softmax_forward_desc_init(&softmax, dnnl_forward_inference, &memory, 1),
            "softmax");
    require(dnnl_engine_create(&engine_, dnnl_cpu, 0), "engine");
    require(dnnl_stream_create(&stream_, engine_, dnnl_stream_default_flags), "stream");
    dnnl_primitive_desc_t description;
    require(dnnl_primitive_desc_create(&description, &softmax, nullptr, engine_, nullptr),
            "choice");
    require(dnnl_primitive_create(&primitive_, description), "primitive");
    dnnl_primitive_desc_destroy(description);
    require(dnnl_memory_create(&from_, &memory, engine_, x), "input");
    require(dnnl_memory_create(&to_, &memory, engine_, y), "output");
  }
  ~OneDnn() {
    dnnl_memory_destroy(from_);
    dnnl_memory_destroy(to_);
    dnnl_primitive_destroy(primitive_);
    dnnl_stream_destroy(stream_);
    dnnl_engine_destroy(engine_);
  }
  OneDnn(const OneDnn&) = delete;
  OneDnn& operator=(const OneDnn&) = delete;

  void run() {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, from_}, {DNNL_ARG_DST, to_}};
    dnnl_primitive_execute(primitive_, stream_, 2, arguments);
    dnnl_stream_wait(stream_);
  }

 private:
  dnnl_engine_t engine_ = nullptr;
  dnnl_stream_t stream_ = nullptr;
  dnnl_primitive_t primitive_ = nullptr;
  dnnl_memory_t from_ = nullptr, to_ = nullptr;
};

double worst(const float* x, const float* y, size_t rows, size_t n) {
  double error = 0;
  for (size_t r = 0; r < rows; ++r) {
    const double here = worst_ulp(Dtype::kFloat32, x + r * n, y + r * n, n,
                                  reference_of(Dtype::kFloat32, x + r * n, n));
    error = here > error ? here : error;
  }
  return error;
}

void print_samples(const char* name, const double* samples, size_t count, const char* end) {
  printf("\"%s\":[", name);
  for (size_t i = 0; i < count; ++i) printf("%s%.6g", i == 0 ? "" : ",", samples[i]);
  printf("]%s", end);
}

void print_error(const char* name, double error, const char* end) {
  if (error < __builtin_huge_val())
    printf("\"%s\":%.6g%s", name, error, end);
  else
    printf("\"%s\":null%s", name, end);
}

}  // namespace

int main(int argc, char** argv) {
  const IsaRow* isa = argc == 5 ? find_isa(argv[1]) : nullptr;
  const size_t rows = argc == 5 ? strtoull(argv[2], nullptr, 10) : 0;
  const size_t n = argc == 5 ? strtoull(argv[3], nullptr, 10) : 0;
  if (isa == nullptr || !runnable(isa->isa, host_cpu()) || rows == 0 || n == 0) {
    fprintf(stderr, "usage: bench_onednn <isa> <rows> <n> <seconds>\n");
    return 2;
  }
  const size_t elements = rows * n, bytes = (elements * sizeof(float) + 4095) / 4096 * 4096;
  float* x = static_cast<float*>(aligned_alloc(4096, bytes));
  float* y = static_cast<float*>(aligned_alloc(4096, bytes));
  if (x == nullptr || y == nullptr) return 1;
  uint32_t state = 1;
  for (size_t i = 0; i < elements; ++i) {
    state = state * 1664525 + 1013904223;
    x[i] = static_cast<float>(state >> 8) * 0x1p-24f * 20 - 10;
  }
  memset(y, 0, bytes);

  OneDnn onednn(rows, n, x, y);
  const auto auto_job = Job::make(
      {Subject::kAlgorithm, static_cast<int32_t>(Algorithm::kAuto), isa->isa, 1, 1}, rows, n, x);
  if (auto_job == nullptr) return 1;
  Run runs[] = {
      {[](void* context, const void*, const void*, void*) { static_cast<OneDnn*>(context)->run(); },
       &onednn, 1, false},
      auto_job->run()};

  const Arena arena{x, y, 1, 1, elements * sizeof(float), elements * sizeof(float)};
  double once[2 * 3], round = 0;
  time_rounds(runs, 2, arena, CacheState::kWarm, 3, 0, once);
  for (size_t i = 0; i < 2; ++i) {
    const double least = once[3 * i + 1] < once[3 * i + 2] ? once[3 * i + 1] : once[3 * i + 2];
    runs[i].repeats = least < kSample ? static_cast<size_t>(kSample / (least + 1)) + 1 : 1;
    round += 2 * least * static_cast<double>(runs[i].repeats);
  }
  const double fit = strtod(argv[4], nullptr) * 1e9 / round;
  const size_t rounds = fit < kLeastRounds  ? kLeastRounds
                        : fit > kMostRounds ? kMostRounds
                                            : static_cast<size_t>(fit);
  std::vector<double> samples(2 * rounds);
  time_rounds(runs, 2, arena, CacheState::kWarm, rounds, 0, samples.data());

  printf("{\"rows\":%zu,\"n\":%zu,\"samples\":{", rows, n);
  print_samples("onednn", samples.data(), rounds, ",");
  print_samples("auto", samples.data() + rounds, rounds, "},\"ulp\":{");
  memset(y, 0xff, bytes);
  onednn.run();
  print_error("onednn", worst(x, y, rows, n), ",");
  memset(y, 0xff, bytes);
  runs[1].body(runs[1].context, x, x, y);
  print_error("auto", worst(x, y, rows, n), "}}\n");
  free(x);
  free(y);
  return 0;
}
