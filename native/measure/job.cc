// SPDX-License-Identifier: MIT
#include "measure/job.h"

#include <new>

#include "dispatch.h"
#include "float_mode.h"
#include "kernels/fold.h"
#include "kernels/table.h"
#include "measure/pinning.h"
#include "thread_pool.h"

namespace tps {
namespace {

constexpr double kWrong = __builtin_huge_val();

// The relative error of sum * 2^exponent as a sum of e^x, in units of 2^-24.
double sum_error(double sum, int32_t exponent, const Reference& reference) {
  const Exponential top = exact_exp(reference.max);
  const int32_t apart = exponent - top.exponent;
  if (!(apart > -100 && apart < 100)) return kWrong;
  const double error = sum * pow2(apart) / (top.mantissa * reference.sum) - 1;
  return error == error ? (error < 0 ? -error : error) * 0x1p24 : kWrong;
}

// This processor, or as if another row had been found for it.
struct Assumed {
  Microarch microarch = *host_cpu().microarch;
  Cpu cpu = host_cpu();
};
Assumed& assumed() {
  static Assumed the;
  the.cpu.microarch = &the.microarch;
  return the;
}

Input plain(const float* x) { return {x, 1, 0, 0, Input::kPlain}; }

}  // namespace

std::unique_ptr<Job> Job::make(const Candidate& candidate, size_t rows, size_t n, const void* x) {
  const Kernels* kernels = kernels_for(candidate.isa);
  if (kernels == nullptr || !runnable(candidate.isa, host_cpu())) return nullptr;
  return make(candidate, *kernels, rows, n, x);
}

std::unique_ptr<Job> Job::make(const Candidate& candidate, const Kernels& kernels, size_t rows,
                               size_t n, const void* x) {
  std::unique_ptr<Job> job(new (std::nothrow) Job);
  if (job == nullptr || candidate.threads > kMostThreads) return nullptr;
  job->candidate_ = candidate;
  job->kernels_ = &kernels;
  job->rows_ = rows;
  job->n_ = n;
  if (!job->knows_dtype()) return nullptr;
  if (candidate.subject == Subject::kAlgorithm) job->plan_algorithm();
  if (candidate.subject == Subject::kPass) {
    if (rows != 1 || candidate.threads != 1 || !job->prepare_pass(static_cast<const float*>(x)))
      return nullptr;
  }
  return job;
}

void Job::assume(size_t recompute_bytes) {
  const Tuning& own = host_cpu().microarch->tuning;
  assumed().microarch.tuning.recompute_bytes =
      recompute_bytes != 0 ? recompute_bytes : own.recompute_bytes;
}

Run Job::run() {
  const auto body = [](void* context, const void* x, const void* z, void* y) {
    Job* job = static_cast<Job*>(context);
    if (job->candidate_.subject == Subject::kAlgorithm) return job->run_algorithm(x, y);
    const FloatMode mode(job->rows_ * job->n_, 1.0f);  // as algorithms do for themselves
    const auto *from = static_cast<const float*>(x), *other = static_cast<const float*>(z);
    const auto to = static_cast<float*>(y);
    if (job->candidate_.subject == Subject::kStream) return job->run_stream(from, other, to);
    job->run_pass(static_cast<Pass>(job->candidate_.index), from, to);
  };
  const bool two_inputs =
      candidate_.subject == Subject::kStream && kStreams[candidate_.index].reads == 2;
  return {body, this, candidate_.repeats, two_inputs};
}

bool Job::knows_dtype() const {
  const bool ours = candidate_.subject == Subject::kAlgorithm && kAlgorithms[candidate_.index].ours;
  return candidate_.dtype == Dtype::kFloat32 || ours;
}

Request Job::request() const {
  Request request;
  request.dtype = request.output_dtype = candidate_.dtype;
  request.outer = rows_;
  request.n = n_;
  request.isa = candidate_.isa;
  request.algorithm = kAlgorithms[candidate_.index].algorithm;
  request.threads = candidate_.threads;
  return request;
}

void Job::plan_algorithm() {
  plan_ = plan_for(request(), assumed().cpu, unpinned_processors());
  // Rivals run in one thread for users; here each thread may have rows of its own.
  if (plan_.form == Form::kRival && rows_ >= candidate_.threads) plan_.threads = candidate_.threads;
}

void Job::run_algorithm(const void* x, void* y) {
  Request request = this->request();
  request.input = x;
  request.output = y;
  softmax(request, plan_);
}

bool Job::prepare_pass(const float* x) {
  const FloatMode mode(SIZE_MAX, 1.0f);
  const size_t count = n_ / kBlock + (n_ % kBlock != 0);
  blocks_.reset(new (std::nothrow) BlockSum[count]);
  if (blocks_ == nullptr) return false;
  const Rivals& rivals = kernels_->rivals;
  kernels_->sum_exp(plain(x), n_, nullptr, blocks_.get(), nullptr);
  norm_ = normalizer(fold(blocks_.get(), count));
  max_ = rivals.reduce_max(x, n_);
  sum_ = rivals.reduce_exp(x, n_, max_);
  ext_ = rivals.reduce_ext(x, n_);
  return true;
}

void Job::run_pass(Pass pass, const float* x, float* y) {
  const Rivals& rivals = kernels_->rivals;
  switch (pass) {
    case Pass::kMax:
      max_ = kernels_->max(plain(x), n_);
      break;
    case Pass::kSumExp:
      kernels_->sum_blind(plain(x), n_, nullptr, blocks_.get());
      break;
    case Pass::kSumExpStore:
      kernels_->sum_blind(plain(x), n_, y, blocks_.get());
      break;
    case Pass::kScaleExp:
    case Pass::kScaleExpStreaming:
      kernels_->scale_exp(plain(x), y, n_, norm_, pass == Pass::kScaleExpStreaming);
      break;
    case Pass::kScale:
      kernels_->scale(y, n_, blocks_.get(), norm_);
      break;
    case Pass::kReduceMax:
      max_ = rivals.reduce_max(x, n_);
      break;
    case Pass::kReduceExp:
      sum_ = rivals.reduce_exp(x, n_, max_);
      break;
    case Pass::kScaleExpMinus:
      rivals.scale_exp_minus(x, y, n_, max_, 1 / sum_);
      break;
    case Pass::kStoreExp:
      sum_ = rivals.store_exp(x, y, n_, max_);
      break;
    case Pass::kScaleBy:
      rivals.scale_by(y, n_, 1 / sum_);
      break;
    case Pass::kReduceExt:
      ext_ = rivals.reduce_ext(x, n_);
      break;
    case Pass::kScaleExt:
      rivals.scale_ext(x, y, n_, 1 / ext_.sum, ext_.exponent);
      break;
    case Pass::kReduceOnline:
      online_ = rivals.reduce_online(x, n_);
      break;
  }
}

void Job::run_stream(const float* x, const float* z, float* y) {
  if (candidate_.threads == 1) return run_part(0, x, z, y);
  const auto body = [&](size_t part) { run_part(part, x, z, y); };
  parallel_for(
      candidate_.threads, candidate_.threads,
      [](void* context, size_t part) { (*static_cast<decltype(body)*>(context))(part); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

// Threads take stretches of whole groups of pages.
void Job::run_part(size_t part, const float* x, const float* z, float* y) {
  constexpr size_t kUnit = 8 * kBlock;
  const size_t all = rows_ * n_, units = (all + kUnit - 1) / kUnit;
  const size_t end = units * (part + 1) / candidate_.threads * kUnit;
  const size_t begin = units * part / candidate_.threads * kUnit;  // at most `all`
  maxima_[part] = kernels_->streams.run[candidate_.index](x + begin, z + begin, y + begin,
                                                          (end < all ? end : all) - begin);
}

double Job::check(const void* x, const void* z, void* y, const Reference* references) {
  const size_t row_bytes = n_ * dtype_row(candidate_.dtype).bytes;
  memset(y, 0xff, rows_ * row_bytes);  // NaN: what is not written is seen
  const auto *from = static_cast<const float*>(x), *other = static_cast<const float*>(z);
  const auto to = static_cast<float*>(y);
  if (candidate_.subject == Subject::kPass) return check_pass(from, to, references[0]);
  const Run once = run();
  once.body(once.context, x, z, y);
  if (candidate_.subject == Subject::kStream) return check_stream(from, other, to, references);
  double worst = 0;
  for (size_t r = 0; r < rows_; ++r) {
    const size_t at = r * row_bytes;
    const double error = worst_ulp(candidate_.dtype, static_cast<const char*>(x) + at,
                                   static_cast<const char*>(y) + at, n_, references[r]);
    worst = error > worst ? error : worst;
  }
  return worst;
}

// A pass that only reads is checked by what it found, the others by the softmax they lead to.
double Job::check_pass(const float* x, float* y, const Reference& reference) {
  const FloatMode mode(SIZE_MAX, 1.0f);
  if (!prepare_pass(x)) return kWrong;
  const Pass pass = static_cast<Pass>(candidate_.index);
  if (pass == Pass::kScale) run_pass(Pass::kSumExpStore, x, y);
  if (pass == Pass::kScaleBy) run_pass(Pass::kStoreExp, x, y);
  run_pass(pass, x, y);
  if (pass == Pass::kSumExpStore) run_pass(Pass::kScale, x, y);
  if (pass == Pass::kStoreExp) run_pass(Pass::kScaleBy, x, y);
  const int32_t top = exact_exp(reference.max).exponent;
  const double top_mantissa = exact_exp(reference.max).mantissa;
  switch (pass) {
    case Pass::kMax:
    case Pass::kReduceMax:
      return max_ == reference.max ? 0 : kWrong;
    case Pass::kSumExp: {
      const RowSum sum = fold(blocks_.get(), n_ / kBlock + (n_ % kBlock != 0));
      return sum_error(sum.mantissa, sum.exponent, reference);
    }
    case Pass::kReduceExp:
      return sum_error(sum_ * top_mantissa, top, reference);
    case Pass::kReduceExt:
      return sum_error(ext_.sum, static_cast<int32_t>(ext_.exponent), reference);
    case Pass::kReduceOnline:
      return online_.exponent == reference.max
                 ? sum_error(online_.sum * top_mantissa, top, reference)
                 : kWrong;
    default:
      return worst_ulp(Dtype::kFloat32, x, y, n_, reference);
  }
}

double Job::check_stream(const float* x, const float* z, const float* y,
                         const Reference* references) const {
  const Stream stream = static_cast<Stream>(candidate_.index);
  if (kStreams[candidate_.index].writes == 0) {
    double found = maxima_[0], exact = references[0].max;
    for (size_t i = 1; i < candidate_.threads; ++i) found = maxima_[i] > found ? maxima_[i] : found;
    for (size_t r = 1; r < rows_; ++r)
      exact = references[r].max > exact ? references[r].max : exact;
    return found == exact ? 0 : kWrong;
  }
  double worst = 0;
  for (size_t i = 0; i < rows_ * n_; ++i) {
    const double a = x[i], b = z[i];
    const double exact = stream <= Stream::kCopyStreaming8   ? a
                         : stream <= Stream::kScaleStreaming ? a * kStreamFactor
                         : stream <= Stream::kAddStreaming   ? a + b
                                                             : a + b * kStreamFactor;
    const double error = ulp_error(y[i], exact);
    worst = error > worst ? error : worst;
  }
  return worst;
}

}  // namespace tps
