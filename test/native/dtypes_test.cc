// SPDX-License-Identifier: MIT
// Every call on every element type, along every axis, by every isa and number of threads: a row has
// the bits of the same row in the arithmetic type, contiguous, by the scalar definition, and 16
// bits are rounded from those.
#include <algorithm>

#include "halves.h"
#include "logits64.h"
#include "native/family.h"

namespace tps::test {
namespace {

using Bytes = std::vector<uint8_t>;
using MapCall = Status (*)(const Request&) noexcept;
using ValueCall = Status (*)(const Request&, double*) noexcept;

struct Shape {
  size_t outer, n, inner;
  size_t rows() const { return outer * inner; }
  size_t elements() const { return rows() * n; }
  // Of element i of a row.
  size_t at(size_t row, size_t i) const { return (row / inner * n + i) * inner + row % inner; }
};

// What comes last is out of reach of what came first.
void fill_late(float* x, size_t n, Rng& rng) {
  const bool masked = rng.below(2) != 0;
  for (size_t i = 0; i < n; ++i) {
    const float rising = 120000.0f * static_cast<float>(i) / static_cast<float>(n) - 60000;
    x[i] = !masked ? rising : 2 * i < n ? -HUGE_VALF : static_cast<float>(rng.below(100)) / 8;
  }
}
void fill_row(float* x, size_t n, Rng& rng) {
  constexpr size_t kKinds = std::size(kOrdinary);
  const size_t kind = rng.below(kKinds + std::size(kHostile) + 2);
  if (kind >= kKinds + std::size(kHostile)) return fill_late(x, n, rng);
  (kind < kKinds ? kOrdinary[kind] : kHostile[kind - kKinds]).fill(x, n, rng);
}
void fill_row(double* x, size_t n, Rng& rng) {
  const std::vector<double> row = row64(rng.below(std::size(kLogits64)), n, rng);
  std::copy(row.begin(), row.end(), x);
}

// Close together, all rows in one place, but for an element of a few rows.
template <class T>
class Near {
 public:
  explicit Near(Rng& rng) : place_(kPlaces[rng.below(std::size(kPlaces))]) {}
  void operator()(T* x, size_t n, Rng& rng) const {
    constexpr double kApart[] = {-HUGE_VAL, -200, 90, 200, HUGE_VAL, NAN};
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<T>(place_ + rng.uniform(-4, 4));
    if (rng.below(100) == 0) x[rng.below(n)] = static_cast<T>(kApart[rng.below(std::size(kApart))]);
  }

 private:
  static constexpr double kPlaces[] = {0, 0, 70, -50};
  double place_;
};

// The same, but for some rows that are beyond the range of the kernels, or masked as a whole.
template <class T>
void fill_beside(T* x, size_t n, Rng& rng) {
  constexpr double kPlaces[] = {-HUGE_VAL, 80000, -70000, HUGE_VAL};
  const double place = rng.below(50) == 0 ? kPlaces[rng.below(4)] : 0;
  for (size_t i = 0; i < n; ++i) x[i] = static_cast<T>(place + rng.uniform(-4, 4));
}

template <class T>
void put(Dtype dtype, T value, uint8_t* to) {
  if (dtype_row(dtype).bytes == sizeof(T)) {
    memcpy(to, &value, sizeof(T));
  } else {
    const uint16_t half = half_of(dtype, static_cast<float>(value));
    memcpy(to, &half, sizeof(half));
  }
}

// Rows in the arithmetic type T as they lie in memory.
template <class T>
Bytes laid_out(Dtype dtype, const std::vector<T>& rows, const Shape& shape) {
  const size_t bytes = dtype_row(dtype).bytes;
  Bytes result(shape.elements() * bytes);
  for (size_t row = 0; row < shape.rows(); ++row)
    for (size_t i = 0; i < shape.n; ++i)
      put(dtype, rows[row * shape.n + i], &result[shape.at(row, i) * bytes]);
  return result;
}

template <class T>
class Case {
 public:
  template <class Fill>
  Case(Dtype dtype, const Shape& shape, Rng& rng, const Fill& fill)
      : dtype_(dtype), shape_(shape), rows_(shape.elements()), flush_(Flush{rng.below(2) != 0}) {
    for (size_t r = 0; r < shape.rows(); ++r) fill(&rows_[r * shape.n], shape.n, rng);
    if (dtype_row(dtype).bytes == 2)
      for (T& v : rows_) v = static_cast<T>(value_of(dtype, half_of(dtype, static_cast<float>(v))));
    x_ = laid_out(dtype, rows_, shape);
    definition_.dtype = definition_.output_dtype = arithmetic();
    definition_.input = rows_.data();
    definition_.outer = shape.rows();
    definition_.n = shape.n;
    constexpr double kScales[] = {1, 1, 0.7, 3.5, 1e30};
    definition_.scale = static_cast<T>(kScales[rng.below(5)]);
    definition_.fully_masked_zeros = rng.below(2) != 0;
    definition_.adaptive = rng.below(4) == 0;
    definition_.threads = 1;
  }
  Case(Dtype dtype, const Shape& shape, Rng& rng)
      : Case(dtype, shape, rng, [](T* x, size_t n, Rng& some) { fill_row(x, n, some); }) {}

  template <class Call>
  void check_map(const Call& call, bool adaptive) {
    Request request = definition_;
    request.adaptive &= adaptive;
    std::vector<T> results(shape_.elements());
    request.output = results.data();
    CHECK_EQ(call(request), Status::kOk);
    for (const Dtype output : {dtype_, arithmetic()}) {
      const Bytes expected = laid_out(output, results, shape_);
      for (const Isa isa : runnable_isas())
        for (const uint32_t threads : {1u, 3u})
          for (const bool in_place : {false, true}) {
            if (in_place && output != dtype_) continue;
            const Note note(std::string(isa_row(isa).name) + ", threads " + show(threads) +
                            ", to " + dtype_row(output).name + (in_place ? ", in place" : ""));
            check_one(call, isa, threads, request.adaptive, in_place, output, expected);
          }
    }
  }

  // What `call` makes of rows with `count` values each; false: it refuses them.
  template <class Call>
  bool check_values(const Call& call, size_t count, bool adaptive, std::vector<double>* values) {
    Request request = definition_;
    request.adaptive &= adaptive;
    const size_t size = shape_.rows() * count;
    values->assign(size, 7);
    const Status status = call(request, values->data());
    for (const Isa isa : runnable_isas())
      for (const uint32_t threads : {1u, 3u}) {
        const Note note(std::string(isa_row(isa).name) + ", threads " + show(threads));
        GuardedBuffer<uint8_t> x(x_.size(), flush_);
        memcpy(x.data(), x_.data(), x_.size());
        std::vector<double> got(size, 7);
        Request here = request_on(x.data(), isa, threads, request.adaptive);
        CHECK_EQ(call(here, got.data()), status);
        if (status == Status::kOk)
          CHECK(memcmp(got.data(), values->data(), size * sizeof(double)) == 0);
      }
    return status == Status::kOk;
  }

 private:
  Dtype arithmetic() const { return dtype_row(dtype_).arithmetic; }

  Request request_on(const void* x, Isa isa, uint32_t threads, bool adaptive) const {
    Request request = definition_;
    request.dtype = request.output_dtype = dtype_;
    request.input = x;
    request.outer = shape_.outer;
    request.inner = shape_.inner;
    request.isa = isa;
    request.threads = threads;
    request.adaptive = adaptive;
    return request;
  }

  template <class Call>
  void check_one(const Call& call, Isa isa, uint32_t threads, bool adaptive, bool in_place,
                 Dtype output, const Bytes& expected) const {
    GuardedBuffer<uint8_t> x(x_.size(), flush_), y(expected.size(), flush_);
    memcpy(x.data(), x_.data(), x_.size());
    Request request = request_on(x.data(), isa, threads, adaptive);
    request.output = in_place ? x.data() : y.data();
    request.output_dtype = output;
    CHECK_EQ(call(request), Status::kOk);
    CHECK(memcmp(request.output, expected.data(), expected.size()) == 0);
    if (!in_place) CHECK(memcmp(x.data(), x_.data(), x_.size()) == 0);
    CHECK(x.canaries_live() && y.canaries_live());
  }

  const Dtype dtype_;
  const Shape shape_;
  std::vector<T> rows_;
  const Flush flush_;
  Bytes x_;
  Request definition_;
};

template <class T>
void check_all(Dtype dtype, const Shape& shape, Rng& rng) {
  const Note note(std::string(dtype_row(dtype).name) + ", " + show(shape.outer) + " x " +
                  show(shape.n) + " x " + show(shape.inner));
  Case<T> one(dtype, shape, rng);
  one.check_map([](const Request& r) { return softmax(r); }, true);
  for (const Plan& plan : plans(shape.n)) {
    const auto by_plan = [&](const Request& r) {
      return softmax(r, r.isa == Isa::kScalar && r.inner == 1 ? kDefinition : plan);
    };
    const Note form(show_plan(Isa::kScalar, plan));
    one.check_map(by_plan, true);
  }
  {
    const Note call("logSoftmax");
    one.check_map(log_softmax, true);
  }
  {
    const Note call("stableMax");
    one.check_map(stable_max, false);
  }
  std::vector<double> values;
  {
    const Note call("logSumExp");
    CHECK(one.check_values(log_sum_exp, 1, true, &values));
  }
  {
    const Note call("entropy");
    CHECK(one.check_values(entropy, 1, true, &values));
  }
  const Note call("shards");
  const size_t rows = shape.rows();
  const auto sums = [&](const Request& r, double* to) { return sum_exp(r, to, to + rows); };
  if (!one.check_values(sums, 2, false, &values)) return;
  one.check_map(
      [&](const Request& r) { return softmax_from(r, values.data(), values.data() + rows); },
      false);
}

TEST(dtypes_have_the_bits_of_their_rows_in_every_layout) {
  Rng rng(seed());
  constexpr Shape kShapes[] = {{1, 1, 1},    {7, 5, 1},     {19, 64, 1},   {3, 100, 1},
                               {2, 3000, 1}, {1, 40000, 1}, {1, 3, 16},    {2, 7, 17},
                               {3, 21, 35},  {1, 100, 5},   {2, 1024, 18}, {1, 1025, 20},
                               {1, 9000, 3}, {40, 1, 3},    {1, 2, 300},   {5, 16, 16}};
  for (const Shape& shape : kShapes)
    for (const DtypeRow& row : kDtypes)
      row.arithmetic == Dtype::kFloat64 ? check_all<double>(row.dtype, shape, rng)
                                        : check_all<float>(row.dtype, shape, rng);
}

// Softmax of a shape, in every dtype.
void check_softmax(const Shape& shape, Rng& rng) {
  for (const DtypeRow& row : kDtypes) {
    const Note note(std::string(row.name) + ", " + show(shape.outer) + " x " + show(shape.n) +
                    " x " + show(shape.inner));
    const auto call = [](const Request& r) { return softmax(r); };
    if (row.arithmetic == Dtype::kFloat64)
      Case<double>(row.dtype, shape, rng).check_map(call, false);
    else
      Case<float>(row.dtype, shape, rng).check_map(call, false);
  }
}

// Columns alone, where the results of whole rows are written at once.
TEST(dtypes_of_short_columns) {
  Rng rng(seed() + 1);
  for (size_t i = 0; i < cases(150); ++i) {
    const Shape shape = {1 + rng.below(3), 1 + rng.below(i % 8 == 0 ? 1024 : 70),
                         2 + rng.below(40)};
    check_softmax(shape, rng);
  }
}

// Where columns are taken in several groups, and where their exponentials do not fit the caches.
TEST(dtypes_of_long_columns) {
  Rng rng(seed() + 2);
  constexpr Shape kShapes[] = {{1, 1025, 37},  {3, 2048, 16},  {1, 3000, 130},
                               {1, 6100, 70},  {1, 1500, 600}, {1, 150, 4200},
                               {2, 23000, 17}, {1, 40000, 33}, {1, 100000, 16}};
  for (const Shape& shape : kShapes) check_softmax(shape, rng);
}

// Where most groups of columns hold in one window, and some do not.
TEST(dtypes_of_columns_close_together) {
  Rng rng(seed() + 3);
  constexpr Shape kShapes[] = {{3, 40, 49},    {40, 30, 7},    {2, 70, 300},
                               {1, 1500, 600}, {1, 200, 2300}, {1, 150, 4200}};
  const auto call = [](const Request& r) { return softmax(r); };
  for (const Shape& shape : kShapes)
    for (size_t i = 0; i < (shape.n * shape.inner > 100000 ? 2 : 12); ++i) {
      const Note note(show(shape.outer) + " x " + show(shape.n) + " x " + show(shape.inner));
      Case<float>(Dtype::kFloat32, shape, rng, Near<float>(rng)).check_map(call, false);
      Case<float>(Dtype::kFloat16, shape, rng, Near<float>(rng)).check_map(call, false);
      Case<double>(Dtype::kFloat64, shape, rng, Near<double>(rng)).check_map(call, false);
    }
}

// Where a few panels of a group are left by the kernel, and the others are not.
TEST(dtypes_of_columns_beside_some_out_of_range) {
  Rng rng(seed() + 4);
  constexpr Shape kShapes[] = {
      {2, 50, 200}, {1, 1500, 600}, {1, 20000, 37}, {3, 700, 100}, {1, 200, 2300}};
  const auto call = [](const Request& r) { return softmax(r); };
  for (const Shape& shape : kShapes)
    for (size_t i = 0; i < (shape.n * shape.inner > 100000 ? 2 : 6); ++i) {
      const Note note(show(shape.outer) + " x " + show(shape.n) + " x " + show(shape.inner));
      Case<float>(Dtype::kFloat32, shape, rng, fill_beside<float>).check_map(call, false);
      Case<float>(Dtype::kBFloat16, shape, rng, fill_beside<float>).check_map(call, false);
      Case<double>(Dtype::kFloat64, shape, rng, fill_beside<double>).check_map(call, false);
    }
}

// Few columns, of which several rows make a line.
TEST(dtypes_of_few_columns) {
  Rng rng(seed() + 5);
  for (size_t i = 0; i < 1 + cases(32); ++i) {
    const size_t n = i % 16 == 0 ? 25000 + rng.below(5000) : 1 + rng.below(3000);
    const Shape shape = {1 + rng.below(2), n, 2 + rng.below(12)};
    check_softmax(shape, rng);
    Case<float>(Dtype::kFloat32, shape, rng, Near<float>(rng))
        .check_map([](const Request& r) { return softmax(r); }, false);
  }
}

// Many times a few elements, whose columns are taken side by side.
TEST(dtypes_of_few_elements) {
  Rng rng(seed() + 6);
  const auto call = [](const Request& r) { return softmax(r); };
  for (size_t i = 0; i < 4 + cases(60); ++i) {
    const size_t inner = 2 + rng.below(16), n = 1 + rng.below(220 / inner);
    const Shape shape = {1 + rng.below(130), n, inner};
    const Note note(show(shape.outer) + " x " + show(shape.n) + " x " + show(shape.inner));
    check_softmax(shape, rng);
    for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBFloat16}) {
      Case<float>(dtype, shape, rng, Near<float>(rng)).check_map(call, false);
      Case<float>(dtype, shape, rng, fill_beside<float>).check_map(call, false);
    }
  }
}

TEST(dtypes_other_than_float32_have_no_rivals) {
  double x[4] = {1, 2, 3, 4}, y[4] = {7, 7, 7, 7};
  for (const AlgorithmRow& algorithm : kAlgorithms)
    for (const DtypeRow& row : kDtypes) {
      Request request;
      request.input = x;
      request.output = y;
      request.dtype = request.output_dtype = row.dtype;
      request.n = 4;
      request.algorithm = algorithm.algorithm;
      const bool computed = algorithm.ours || row.dtype == Dtype::kFloat32;
      const Status expected = computed ? Status::kOk : Status::kDtypeUnsupported;
      CHECK_EQ(softmax(request), expected);
    }
}

}  // namespace
}  // namespace tps::test
