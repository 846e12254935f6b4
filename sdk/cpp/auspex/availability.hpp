// Moodle's availability settings: when the date conditions of an activity or section let people in.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/frame.hpp>

namespace auspex {

/// "From `at` on", or else "until before `at`".
struct date_condition {
  bool from;
  time at;
};

/// from <= t < until.
struct interval {
  time from, until;
};

/// Disjoint intervals in ascending order.
using intervals = std::vector<interval>;

inline constexpr time ever = std::numeric_limits<time>::max();  ///< after every time; no_time is before every time

inline intervals complement(const intervals& of) {
  intervals result;
  time from = no_time;
  for (const auto& part : of) {
    if (from < part.from) result.push_back({from, part.from});
    from = part.until;
  }
  if (from < ever) result.push_back({from, ever});
  return result;
}

inline intervals intersection(const intervals& a, const intervals& b) {
  intervals result;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const interval both{std::max(i->from, j->from), std::min(i->until, j->until)};
    if (both.from < both.until) result.push_back(both);
    if (i->until < j->until) ++i;
    else ++j;
  }
  return result;
}

/// What the date conditions of an availability tree say. Other conditions (groups, grades, completion) differ from user to
/// user and are left out, as if they were not there.
struct availability {
  std::vector<date_condition> dates;  ///< every date condition, in the order of the text, whatever operator it stands under
  std::optional<intervals> open;      ///< when the tree lets people in, with its operators; none without date conditions

  /// Of Moodle's JSON. Throws std::invalid_argument where the text is not that.
  explicit availability(std::string_view json);
};

namespace detail {

// Reads JSON once, front to back, and keeps the date conditions only.
class availability_reader {
 public:
  availability_reader(std::string_view text, std::vector<date_condition>& dates) : text_(text), dates_(&dates) {}

  std::optional<intervals> read() {
    auto result = node(0);
    if (peek() != 0) fail("text after the end");
    return result;
  }

 private:
  static constexpr int deepest = 64;

  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument("'" + std::string(text_.substr(0, 80)) + "' is not Moodle's availability JSON: " + what +
                                " at character " + std::to_string(std::min(at_, text_.size()) + 1));
  }

  // The next character that is not white space; 0 at the end.
  char peek() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("no '") + c + "'");
  }

  std::string string() {
    expect('"');
    std::string result;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return result;
      }
      if (c != '\\') {
        result += c;
        continue;
      }
      if (++at_ >= text_.size()) break;
      if (text_[at_] != 'u') {
        result += text_[at_];
        continue;
      }
      // Only ASCII matters: operators and directions may be escaped, names never decide anything.
      unsigned code = 0;
      const auto* digits = text_.data() + at_ + 1;
      const auto end = at_ + 5 <= text_.size() ? digits + 4 : digits;
      if (std::from_chars(digits, end, code, 16).ptr != digits + 4) fail("a broken escape");
      result += code < 0x80 ? char(code) : '?';
      at_ += 4;
    }
    fail("a text without end");
  }

  double number() {
    double result = 0;
    peek();
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), result);
    if (error != std::errc()) fail("a broken number");
    at_ = std::size_t(end - text_.data());
    return result;
  }

  // Calls `member` with every name of an object; it must read the value.
  template <class Member>
  void object(Member&& member) {
    expect('{');
    if (take('}')) return;
    do {
      const auto name = string();
      expect(':');
      member(name);
    } while (take(','));
    expect('}');
  }

  template <class Element>
  void array(Element&& element) {
    expect('[');
    if (take(']')) return;
    do element();
    while (take(','));
    expect(']');
  }

  void skip(int depth) {
    if (depth > deepest) fail("too many levels");
    switch (peek()) {
      case '{': return object([&](const std::string&) { skip(depth + 1); });
      case '[': return array([&] { skip(depth + 1); });
      case '"': (void)string(); return;
      default: break;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return;
    }
    (void)number();
  }

  // A condition {"type": "date", "d": ">=" or "<", "t": seconds}, another one, or a tree {"op": ..., "c": [nodes]}.
  std::optional<intervals> node(int depth) {
    if (depth > deepest) fail("too many levels");
    std::string op, type, direction;
    std::optional<double> at;
    std::vector<intervals> children;
    object([&](const std::string& name) {
      if (name == "op" && peek() == '"') {
        op = string();
      } else if (name == "type" && peek() == '"') {
        type = string();
      } else if (name == "d" && peek() == '"') {
        direction = string();
      } else if (name == "t" && peek() != '"' && peek() != '{' && peek() != '[' && peek() != 'n') {
        at = number();
      } else if (name == "c" && peek() == '[') {
        array([&] {
          if (auto child = node(depth + 1)) children.push_back(std::move(*child));
        });
      } else {
        skip(depth + 1);
      }
    });
    if (!op.empty()) return combined(op, children);
    if (type != "date") return std::nullopt;
    const bool complete = (direction == ">=" || direction == "<") && at && std::abs(*at) < 1e15;
    if (!complete) fail("a date without direction or time, before");
    const date_condition date{direction == ">=", time(*at)};
    dates_->push_back(date);
    return date.from ? intervals{{date.at, ever}} : intervals{{no_time, date.at}};
  }

  std::optional<intervals> combined(std::string_view op, const std::vector<intervals>& children) const {
    const bool inverted = op.starts_with('!');
    if (inverted) op.remove_prefix(1);
    if (op != "&" && op != "|") fail("an unknown operator, before");
    if (children.empty()) return std::nullopt;
    auto result = children.front();
    for (std::size_t i = 1; i < children.size(); ++i) {
      result = op == "&" ? intersection(result, children[i])
                         : complement(intersection(complement(result), complement(children[i])));
    }
    return inverted ? complement(result) : result;
  }

  std::string_view text_;
  std::vector<date_condition>* dates_;
  std::size_t at_ = 0;
};

}  // namespace detail

inline availability::availability(std::string_view json) { open = detail::availability_reader(json, dates).read(); }

}  // namespace auspex
