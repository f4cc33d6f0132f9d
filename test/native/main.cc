// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <random>

#include "check.h"
#include "native/dispatch.h"

namespace tps::test {
namespace {

constexpr int kShown = 20;  // failures printed per test; the rest are counted
uint64_t run_seed = 1;
bool run_exhaustive = false, run_quick = false;
int failures = 0;
std::vector<std::string> notes;

// The checks must see what is wrong before their silence means anything.
bool checks_can_fail() {
  failures = kShown;
  CHECK(failures == 0);
  CHECK_EQ(failures, 0);
  CHECK_EQ("one", "other");
  CHECK_EQ(-1, UINT64_MAX);
  return failures == kShown + 4;
}

bool run(const Test& test) {
  failures = 0;
  test.body();
  if (failures > kShown) printf("  and %d more\n", failures - kShown);
  printf("%s %s\n", failures == 0 ? "ok" : "FAILED", test.name);
  fflush(stdout);
  return failures == 0;
}

bool contains_any(const char* name, const std::vector<const char*>& texts) {
  for (const char* text : texts) {
    if (strstr(name, text) != nullptr) return true;
  }
  return false;
}

// A filter that meets no test proves nothing.
bool each_meets_a_test(const std::vector<const char*>& texts) {
  for (const char* text : texts) {
    bool met = false;
    for (const Test& test : tests()) met = met || strstr(test.name, text) != nullptr;
    if (!met) {
      fprintf(stderr, "no test is called %s\n", text);
      return false;
    }
  }
  return true;
}

int usage(const char* argument) {
  fprintf(stderr,
          "unexpected %s; known: --list, --filter TEXT, --skip TEXT, --seed NUMBER|random, "
          "--quick, --exhaustive\n",
          argument);
  return 2;
}

bool parse_seed(const char* text) {
  if (strcmp(text, "random") == 0) {
    std::random_device device;
    run_seed = uint64_t{device()} << 32 | device();
    return true;
  }
  char* end = nullptr;
  run_seed = strtoull(text, &end, 10);
  return end != text && *end == '\0';
}

}  // namespace

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

uint64_t seed() { return run_seed; }

bool exhaustive() { return run_exhaustive; }

size_t cases(size_t usual) { return run_quick ? usual / 200 : usual; }

void fail(const char* file, int line, const std::string& what) {
  if (++failures > kShown) return;
  printf("  %s:%d: %s", file, line, what.c_str());
  for (const std::string& note : notes) printf(" [%s]", note.c_str());
  printf("\n");
}

Note::Note(std::string text) { notes.push_back(std::move(text)); }
Note::~Note() { notes.pop_back(); }

}  // namespace tps::test

int main(int argc, char** argv) {
  using namespace tps::test;
  std::vector<const char*> filters, skips;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (strcmp(argv[i], "--list") == 0) {
      list = true;
    } else if (strcmp(argv[i], "--exhaustive") == 0) {
      run_exhaustive = true;
    } else if (strcmp(argv[i], "--quick") == 0) {
      run_quick = true;
    } else if (strcmp(argv[i], "--filter") == 0 && value != nullptr) {
      filters.push_back(argv[++i]);
    } else if (strcmp(argv[i], "--skip") == 0 && value != nullptr) {
      skips.push_back(argv[++i]);
    } else if (strcmp(argv[i], "--seed") == 0 && value != nullptr && parse_seed(value)) {
      ++i;
    } else {
      return usage(argv[i]);
    }
  }
  if (!each_meets_a_test(filters) || !each_meets_a_test(skips)) return 2;
  if (!checks_can_fail()) return 3;
  if (!list) {
    printf("isa %s on %s, seed %llu\n", tps::isa_row(tps::process_isa().isa).name,
           tps::host_cpu().microarch->name, static_cast<unsigned long long>(seed()));
  }
  int passed = 0, failed = 0;
  for (const Test& test : tests()) {
    if (!filters.empty() && !contains_any(test.name, filters)) continue;
    if (list) {
      printf("%s\n", test.name);
    } else if (contains_any(test.name, skips)) {
      printf("skipped %s\n", test.name);
    } else {
      ++(run(test) ? passed : failed);
    }
  }
  if (list) return 0;
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
