// For authors without a test library: named tests, and functions that say what was expected.
#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

namespace auspex::testing {

struct test {
  const char* name;
  std::function<void()> run;
};

/// Runs all; prints a line each. What main() returns: 0 where all passed.
inline int run(std::initializer_list<test> tests) {
  int failed = 0;
  for (const auto& one : tests) {
    std::string why;
    try {
      one.run();
    } catch (const std::exception& e) {
      why = e.what();
      ++failed;
    }
    std::printf("%s %s%s%s\n", why.empty() ? "ok    " : "FAILED", one.name, why.empty() ? "" : ": ", why.c_str());
  }
  std::printf("%d tests, %d failed\n", int(tests.size()), failed);
  return failed == 0 && tests.size() > 0 ? 0 : 1;
}

namespace detail {

[[noreturn]] inline void unmet(const std::string& what, const char* file, int line) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

inline std::string shown(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", v);
  return text;
}
inline std::string shown(const std::string& v) { return "'" + v + "'"; }
template <class T>
std::string shown(const std::vector<T>& all) {
  std::string text = "{";
  for (const auto& v : all) text += (text.size() > 1 ? ", " : "") + shown(v);
  return text + "}";
}

/// Numbers that differ by rounding alone are the same, and none is none.
inline bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::abs(a - b) <= 1e-12 + 1e-9 * std::max(std::abs(a), std::abs(b));
}
inline bool same(const std::string& a, const std::string& b) { return a == b; }
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

template <class T>
void expect_same(const T& got, const T& expected, const char* file, int line) {
  if (!same(got, expected)) unmet("got " + shown(got) + ", expected " + shown(expected), file, line);
}

}  // namespace detail

inline void expect(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (!holds) detail::unmet("it does not hold", file, line);
}

/// Numbers, texts, or lists of them; auspex::none is equal to itself.
inline void expect_equal(double got, double expected, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  detail::expect_same(got, expected, file, line);
}
inline void expect_equal(const std::string& got, const std::string& expected, const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) {
  detail::expect_same(got, expected, file, line);
}
inline void expect_equal(const std::vector<double>& got, const std::vector<double>& expected,
                         const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  detail::expect_same(got, expected, file, line);
}
inline void expect_equal(const std::vector<std::string>& got, const std::vector<std::string>& expected,
                         const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  detail::expect_same(got, expected, file, line);
}

/// `call` must throw, and say `text` somewhere in its message.
inline void expect_refusal(const std::function<void()>& call, const std::string& text, const char* file = __builtin_FILE(),
                           int line = __builtin_LINE()) {
  try {
    call();
  } catch (const std::exception& e) {
    if (std::string(e.what()).find(text) != std::string::npos) return;
    detail::unmet("refused with '" + std::string(e.what()) + "', expected '" + text + "'", file, line);
  }
  detail::unmet("nothing was refused, expected '" + text + "'", file, line);
}

}  // namespace auspex::testing
