// SPDX-License-Identifier: MIT
// The test runner: TEST(name) { CHECK(condition); CHECK_EQ(got, expected); }. A failed check is
// printed and counted, and the test goes on.
#pragma once
#include <stdint.h>

#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace tps::test {

struct Test {
  const char* name;
  void (*body)();
};

std::vector<Test>& tests();

struct Registration {
  Registration(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

// The seed of this run, the same unless --seed says otherwise.
uint64_t seed();

// Whether the run may take many minutes and gigabytes: all floats, the longest rows.
bool exhaustive();

// `usual` random cases, or one in 200 with --quick, for processors that are emulated.
size_t cases(size_t usual);

void fail(const char* file, int line, const std::string& what);

// Says what a loop is at; printed with each failure while it lives.
class Note {
 public:
  explicit Note(std::string text);
  ~Note();
  Note(const Note&) = delete;
  Note& operator=(const Note&) = delete;
};

template <class T>
std::string show(const T& value) {
  std::ostringstream out;
  out.precision(17);
  if constexpr (std::is_enum_v<T>) {
    out << static_cast<int64_t>(value);
  } else {
    out << value;
  }
  return out.str();
}

template <class T>
bool negative(const T& value) {
  if constexpr (std::is_signed_v<T>) return value < 0;
  return false;
}

// Strings by their text, integers by their value whatever their types.
template <class A, class B>
bool equal(const A& a, const B& b) {
  if constexpr (std::is_convertible_v<A, const char*> && std::is_convertible_v<B, const char*>) {
    return std::string(a) == std::string(b);
  } else if constexpr (std::is_integral_v<A> && std::is_integral_v<B>) {
    return negative(a) == negative(b) && static_cast<uint64_t>(a) == static_cast<uint64_t>(b);
  } else {
    return a == b;
  }
}

template <class A, class B>
void check_equal(const A& got, const B& expected, const char* what, const char* file, int line) {
  if (equal(got, expected)) return;
  fail(file, line, std::string(what) + ": got " + show(got) + ", expected " + show(expected));
}

}  // namespace tps::test

#define TEST(name)                                                              \
  static void test_##name();                                                    \
  static const tps::test::Registration registration_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition)                                               \
  do {                                                                 \
    if (!(condition)) tps::test::fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQ(got, expected) tps::test::check_equal((got), (expected), #got, __FILE__, __LINE__)
