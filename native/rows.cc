// SPDX-License-Identifier: MIT
#include "rows.h"

#include <stdlib.h>

#include "column_plan.h"

namespace tps {
namespace {

// On the stack where little is needed, else from the heap. Begins with a cache line.
class Scratch {
 public:
  explicit Scratch(size_t bytes)
      : heap_(bytes > sizeof(local_) ? malloc(bytes + kLine) : nullptr),
        data_(bytes > sizeof(local_) ? align(heap_) : local_) {}
  ~Scratch() { free(heap_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  char* data() const { return data_; }

 private:
  static constexpr uintptr_t kLine = 64;
  static char* align(void* p) {
    return p == nullptr ? nullptr
                        : static_cast<char*>(p) + (0 - reinterpret_cast<uintptr_t>(p)) % kLine;
  }
  alignas(kLine) char local_[2048];
  void* heap_;
  char* data_;
};

struct Operation {
  void (*call)(const void* context, const Batch<void>& batch);
  const void* context;
  void operator()(const Batch<void>& batch) const { call(context, batch); }
};

// The rows of a request that are not contiguous rows of the arithmetic type, a tile at a time. A
// tile is some neighbouring rows (columns, along an inner axis) of one `outer`.
class Tiles {
 public:
  Tiles(const Kernels& kernels, const Request& request, const Walk& walk)
      : kernels_(kernels),
        request_(request),
        source_(kernels.storage[static_cast<size_t>(request.dtype)]),
        target_(kernels.storage[static_cast<size_t>(request.output_dtype)]),
        element_(dtype_row(dtype_row(request.dtype).arithmetic).bytes),
        sharing_(walk.split_rows ? walk.threads : 1),
        strided_(request.inner > 1),
        columns_(strided_ && walk.columns && !walk.split_rows && kernels.columns != nullptr),
        doubles_(element_ == sizeof(double)),
        kept_(doubles_ ? panels_kept64(request) : panels_kept(request)),
        pitch_(strided_ ? pitch_of(request.n) : request.n),
        across_(strided_ ? request.inner : request.outer),
        rows_(columns_ ? columns_of_group(walk.threads) : rows_of_tile()),
        together_(columns_ && !doubles_ ? outers_together(request) : 1) {}

  size_t count() const {
    if (together_ > 1) return (request_.outer + together_ - 1) / together_;
    return (strided_ ? request_.outer : 1) * per_outer();
  }
  size_t bytes() const {
    const size_t gathered =
        (columns_ ? kPanel : rows_) * whole(pitch_) * element_ + (columns_ ? kColumnsHead : 0);
    if (!columns_) return gathered;
    const size_t grouped =
        doubles_ ? job64(nullptr).bytes() : column_bytes(request_.n, panels(), kept_ > 0);
    const size_t apart = gathered > grouped ? gathered : grouped;
    if (together_ == 1) return apart;
    const size_t elements = whole(together_ * request_.n * request_.inner) * sizeof(float),
                 all = column_bytes(request_.n, whole(together_ * request_.inner) / kPanel, true);
    return 2 * elements + (apart > all ? apart : all);
  }

  void run(const Range& range, char* tile, char* scratch, const Operation& operation) const {
    if (columns_ && doubles_) return run_columns64(range, tile, scratch, operation);
    if (together_ > 1) return run_together(range, tile, scratch, operation);
    if (columns_) return run_columns(range, tile, scratch, operation);
    for (size_t i = range.begin; i < range.end && !stopped(); ++i) {
      const size_t row = row_of(i);
      run_rows(i / per_outer(), row, rows_at(row), tile, scratch, operation);
    }
  }

 private:
  // Columns are read by whole cache lines, side by side, at most as many as `Strip` holds.
  static constexpr size_t kMostColumns = 64;

  const char* source_at(size_t at) const {
    return static_cast<const char*>(request_.input) + at * dtype_row(request_.dtype).bytes;
  }
  char* target_at(size_t at) const {
    if (request_.output == nullptr) return nullptr;
    return static_cast<char*>(request_.output) + at * dtype_row(request_.output_dtype).bytes;
  }

  // By the kernel, and by rows what it leaves.
  void run_columns(const Range& range, char* memory, char* scratch,
                   const Operation& operation) const {
    uint8_t left[kMostPanels];
    ColumnJob job = job_of(left);
    constexpr ColumnGroup kNone = {0, 0};
    ColumnGroup before = kNone;
    kernels_.columns(job, memory, kNone, kNone, kNone);
    const auto finish = [&] {
      if (before.width > 0) kernels_.columns(job, memory, before, kNone, kNone);
      before = kNone;
    };
    for (size_t i = range.begin; i < range.end && !stopped(); ++i) {
      const ColumnGroup now = group(i, range.end);
      const bool good = kernels_.columns(job, memory, before, now, group(i + 1, range.end));
      before = good ? now : kNone;
      if (kept_ == 0) finish();
      if (good) continue;
      run_left(i, left, memory + kColumnsHead, scratch, operation, [&](const ColumnGroup& some) {
        job.panels = whole(some.width) / kPanel;
        kernels_.columns(job, memory, kNone, some, kNone);
        kernels_.columns(job, memory, some, kNone, kNone);
        job.panels = panels();
      });
    }
    finish();
  }
  // Where one `outer` has too little for a call: the columns of several, turned, side by side.
  void run_together(const Range& range, char* memory, char* scratch,
                    const Operation& operation) const {
    constexpr ColumnGroup kNone = {0, 0};
    const size_t each = request_.n * request_.inner;
    float* const elements = reinterpret_cast<float*>(memory);
    float* const turned = elements + whole(together_ * each);
    char* const rest = reinterpret_cast<char*>(turned + whole(together_ * each));
    uint8_t left[kMostPanels];
    ColumnJob job = job_of(left);
    const bool reads = job.source != nullptr, writes = job.target != nullptr;
    job.x = turned;
    job.source = job.target = nullptr;
    job.x_bytes = job.y_bytes = sizeof(float);
    job.lead = job.n;
    job.keep = true;
    kernels_.columns(job, rest, kNone, kNone, kNone);
    for (size_t i = range.begin; i < range.end && !stopped(); ++i) {
      const size_t first = i * together_, behind = request_.outer - first, at = first * each;
      const size_t count = behind < together_ ? behind : together_;
      const float* x = reads ? elements : reinterpret_cast<const float*>(source_at(at));
      float* y = writes ? elements : reinterpret_cast<float*>(target_at(at));
      if (reads) source_.read(source_at(at), 0, elements, 0, 1, count * each);
      kernels_.turn(x, each, turned, count, count, each);
      const ColumnGroup all = {0, count * request_.inner};
      job.stride = all.width;
      job.panels = whole(all.width) / kPanel;
      // Fetched are x and y of the next, as seen from `turned`.
      job.y = after(turned, bytes_between(x, y));
      const size_t next = bytes_between(turned, x + count * each) / sizeof(float);
      const bool good = kernels_.columns(job, rest, kNone, all, {next, all.width});
      job.y = turned;
      if (!good) {
        run_columns(Range(first * per_outer(), (first + count) * per_outer()), rest, scratch,
                    operation);
        continue;
      }
      kernels_.columns(job, rest, all, kNone, kNone);
      kernels_.turn(turned, count, y, each, each, count);
      if (writes) target_.write(y, 0, target_at(at), 0, 1, count * each);
    }
  }
  static size_t bytes_between(const void* from, const void* to) {
    return reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from);
  }
  static void* after(void* from, size_t bytes) {
    return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(from) + bytes);
  }
  void run_columns64(const Range& range, char* memory, char* scratch,
                     const Operation& operation) const {
    uint8_t left[kMostPanels];
    const ColumnJob64 job = job64(left);
    for (size_t i = range.begin; i < range.end && !stopped(); ++i) {
      const ColumnGroup now = group(i, range.end);
      if (!kernels_.float64.columns(job, memory, now.at, now.width))
        run_left(i, left, memory, scratch, operation, [&](const ColumnGroup& some) {
          kernels_.float64.columns(job, memory, some.at, some.width);
        });
    }
  }
  ColumnJob job_of(uint8_t* left) const {
    const auto storage = [](Dtype dtype, const Storage& of) {
      return dtype == Dtype::kFloat32 ? nullptr : &of;
    };
    return {request_.input,
            request_.output,
            storage(request_.dtype, source_),
            storage(request_.output_dtype, target_),
            dtype_row(request_.dtype).bytes,
            dtype_row(request_.output_dtype).bytes,
            request_.n,
            request_.inner,
            panels(),
            lead_of(rows_),
            static_cast<float>(request_.scale),
            kept_ > 0,
            request_.scale <= 1 && !request_.fully_masked_zeros,
            left};
  }
  ColumnJob64 job64(uint8_t* left) const {
    return {static_cast<const double*>(request_.input),
            static_cast<double*>(request_.output),
            request_.n,
            request_.inner,
            rows_,
            request_.scale,
            kept_ > 0,
            left};
  }
  // A group of which some panels are left; columns(group) does the rest.
  template <typename Columns>
  void run_left(size_t index, const uint8_t* left, char* tile, char* scratch,
                const Operation& operation, const Columns& columns) const {
    const size_t begin = row_of(index), rows = rows_at(begin), at = group(index, index + 1).at;
    for (size_t row = 0, end; row < rows; row = end) {
      const bool by_rows = left[row / kPanel] != 0;
      end = row + kPanel;
      while (!by_rows && end < rows && left[end / kPanel] == 0) end += kPanel;
      end = end < rows ? end : rows;
      if (by_rows)
        run_rows(index / per_outer(), begin + row, end - row, tile, scratch, operation);
      else
        columns({at + row, end - row});
    }
  }
  ColumnGroup group(size_t index, size_t end) const {
    if (index >= end) return {0, 0};
    const size_t row = row_of(index);
    return {index / per_outer() * request_.n * request_.inner + row, rows_at(row)};
  }
  size_t panels() const { return whole(rows_) / kPanel; }
  size_t row_of(size_t index) const { return index % per_outer() * rows_; }
  size_t rows_at(size_t row) const { return across_ - row < rows_ ? across_ - row : rows_; }

  void run_rows(size_t outer, size_t row, size_t rows, char* tile, char* scratch,
                const Operation& operation) const {
    const size_t n = request_.n;
    const size_t at = strided_ ? outer * n * request_.inner + row : row * n;
    char* const y = target_at(at);
    // What is contiguous and needs no conversion back is computed where it belongs.
    const bool straight =
        y != nullptr && !strided_ && dtype_row(request_.output_dtype).bytes == element_;
    if (straight) tile = y;

    each(rows, [&](size_t begin, size_t length) {
      if (strided_) return gather(source_at(at), begin, length, rows, tile);
      source_.read(source_at(at + begin), 0, tile + begin * element_, 0, 1, length);
    });
    const size_t batch = pitch_ == n ? rows : 1;
    for (size_t r = 0; r < rows; r += batch) {
      char* first = tile + r * pitch_ * element_;
      operation({first, y != nullptr ? first : nullptr, outer * across_ + row + r, batch, scratch});
    }
    if (y == nullptr || straight) return;
    each(rows, [&](size_t begin, size_t length) {
      if (strided_) return scatter(tile, begin, length, rows, y);
      target_.write(tile + begin * element_, 0, target_at(at + begin), 0, 1, length);
    });
  }

  // Elements `begin` .. of the columns from x on, sixteen lines at a time.
  struct Strip {
    alignas(64) char data[kVector * kMostColumns * sizeof(double)];
  };
  void gather(const char* x, size_t begin, size_t length, size_t rows, char* tile) const {
    Strip strip;
    const size_t stride = request_.inner, bytes = dtype_row(request_.dtype).bytes;
    each_strip(begin, length, [&](size_t i, size_t height) {
      source_.read(x + i * stride * bytes, stride, strip.data, kMostColumns, height, rows);
      turn(strip.data, kMostColumns, tile + i * element_, pitch_, height, rows);
    });
  }
  void scatter(const char* tile, size_t begin, size_t length, size_t rows, char* y) const {
    Strip strip;
    const size_t stride = request_.inner, bytes = dtype_row(request_.output_dtype).bytes;
    each_strip(begin, length, [&](size_t i, size_t height) {
      turn(tile + i * element_, pitch_, strip.data, kMostColumns, rows, height);
      target_.write(strip.data, kMostColumns, y + i * stride * bytes, stride, height, rows);
    });
  }
  template <typename Body>
  static void each_strip(size_t begin, size_t length, const Body& body) {
    for (size_t end = begin + length; begin < end; begin += kVector)
      body(begin, end - begin < kVector ? end - begin : kVector);
  }
  void turn(const char* from, size_t from_pitch, char* to, size_t to_pitch, size_t height,
            size_t width) const {
    if (element_ == sizeof(float))
      kernels_.turn(reinterpret_cast<const float*>(from), from_pitch, reinterpret_cast<float*>(to),
                    to_pitch, height, width);
    else
      kernels_.float64.turn(reinterpret_cast<const double*>(from), from_pitch,
                            reinterpret_cast<double*>(to), to_pitch, height, width);
  }

  // Of rows in a tile: long ones must not lie a multiple of a page apart, where they would compete
  // for the same lines of the cache while columns are turned into them.
  static size_t pitch_of(size_t n) { return n < 256 ? n : whole(n) + kVector; }

  // Contiguous rows that fit the first-level cache, columns that fit the second.
  size_t rows_of_tile() const {
    const size_t row_bytes = request_.n * element_;
    size_t rows = (strided_ ? size_t{1} << 17 : size_t{1} << 15) / row_bytes;
    if (strided_) {
      rows = rows < kVector ? kVector : rows / kVector * kVector;
      rows = rows < kMostColumns ? rows : kMostColumns;
    }
    rows = rows < 1 ? 1 : rows;
    return rows < across_ ? rows : across_;
  }

  // Groups of like width, enough for all threads. All columns at once are kept with the results.
  size_t columns_of_group(uint32_t threads) const {
    const size_t panel = doubles_ ? kPanel64 : kPanel;
    const bool at_once = across_ <= kPanel * kMostPanels && request_.input != request_.output &&
                         request_.output_dtype == Dtype::kFloat32;
    const size_t most = kept_ > 0  ? kept_ * panel
                        : doubles_ ? columns_again64(request_)
                        : at_once  ? kPanel * kMostPanels
                                   : kPanel * kMostPanels / 2;
    size_t groups = (across_ + most - 1) / most;
    const size_t wanted = threads > 1 ? (4 * threads + request_.outer - 1) / request_.outer : 1;
    groups = groups < wanted ? wanted : groups;
    const size_t each = (across_ + groups - 1) / groups;
    const size_t columns = (each + panel - 1) / panel * panel;
    return columns < across_ ? columns : across_;
  }

  size_t per_outer() const { return across_ / rows_ + (across_ % rows_ != 0); }

  // Stretches of the tile for the threads that share it: of its elements, or along its columns.
  template <typename Body>
  void each(size_t rows, const Body& body) const {
    const size_t length = strided_ ? request_.n : rows * request_.n;
    split(length, 8192, sharing_,
          [&](const Range& range) { body(range.begin, range.end - range.begin); });
  }

  const Kernels& kernels_;
  const Request& request_;
  const Storage &source_, &target_;
  const size_t element_;  // bytes of one in the arithmetic type
  const uint32_t sharing_;
  const bool strided_, columns_, doubles_;
  const size_t kept_;      // panels
  const size_t pitch_;     // elements from row to row of a tile
  const size_t across_;    // rows of one `outer`; of all, where they are contiguous
  const size_t rows_;      // of one tile
  const size_t together_;  // `outer`s
};

// Calls body(range, memory) for parts of `units`, each with memory of its own.
template <typename Body>
Status each_part(const Walk& walk, size_t units, size_t part_bytes, const Body& body) {
  size_t parts = walk.split_rows ? 1 : walk.threads;
  if (parts > units) parts = units;
  const Scratch scratch(parts * part_bytes);
  if (scratch.data() == nullptr) return Status::kOutOfMemory;
  parallel(walk.threads, parts, [&](size_t part) {
    body(Range(units, 1, part, parts), scratch.data() + part * part_bytes);
  });
  return Status::kOk;
}

}  // namespace

Status walk_rows(const Kernels& kernels, const Request& request, const Walk& walk,
                 void (*call)(const void* context, const Batch<void>& batch), const void* context) {
  const Operation operation{call, context};
  const Dtype arithmetic = dtype_row(request.dtype).arithmetic;
  const auto lines = [](size_t bytes) { return (bytes + 63) / 64 * 64; };
  const size_t own_bytes = lines(walk.scratch_bytes);
  if (request.inner == 1 && request.dtype == arithmetic &&
      (request.output == nullptr || request.output_dtype == arithmetic)) {
    const size_t row_bytes = request.n * dtype_row(arithmetic).bytes;
    return each_part(walk, request.outer, own_bytes, [&](const Range& range, char* memory) {
      const size_t most = elements_at_once() / request.n;
      for (size_t i = range.begin, count; i < range.end && !stopped(); i += count) {
        count = range.end - i < most ? range.end - i : most > 1 ? most : 1;
        const char* x = static_cast<const char*>(request.input) + i * row_bytes;
        char* y = static_cast<char*>(request.output);
        if (y != nullptr) y += i * row_bytes;
        operation({x, y, i, count, memory});
      }
    });
  }
  const Tiles tiles(kernels, request, walk);
  const size_t part_bytes = own_bytes + lines(tiles.bytes());
  return each_part(walk, tiles.count(), part_bytes, [&](const Range& range, char* memory) {
    tiles.run(range, memory + own_bytes, memory, operation);
  });
}

}  // namespace tps
