// Moodle's availability settings: whom they let in, and when their date conditions do.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
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

namespace detail {
class availability_reader;
}

/// One condition of an availability tree. What a type does not have is missing.
struct access_condition {
  std::string type;                      ///< "date", "completion", "grade", "group", "grouping", "profile", ...
  std::optional<date_condition> date;
  std::optional<std::int64_t> id;        ///< of the grade item, group or grouping
  std::optional<std::int64_t> activity;  ///< of a completion: the activity's id in Moodle; -1 is the one before
  std::optional<std::int64_t> state;     ///< of a completion: 0 not completed, 1 completed, 2 passed, 3 failed
};

/// An availability tree. `dates` and `open` are what its date conditions say to all: other conditions (groups, grades, completion)
/// differ from user to user and are left out there, as if they were not there.
class availability {
 public:
  std::vector<access_condition> conditions;  ///< all of them, in the order of the text
  std::vector<date_condition> dates;  ///< every date condition, in the order of the text, whatever operator it stands under
  std::optional<intervals> open;      ///< when the tree lets people in, with its operators; none without date conditions

  /// Of Moodle's JSON. Throws std::invalid_argument where the text is not that.
  explicit availability(std::string_view json);

  /// Whether the tree lets somebody in of whom `met(number)` says whether they meet conditions[number]: true, false, or nothing
  /// where that cannot be known. It does where what is known leaves the answer open, and where it asks for nothing.
  template <class Met>
  [[nodiscard]] bool lets_in(Met&& met) const {
    return value(nodes_.size() - 1, false, met).value_or(true);
  }

 private:
  friend class detail::availability_reader;
  struct node {
    bool inverted = false, all = true;  // "!&" and "!|"; "&" rather than "|"
    std::vector<std::size_t> children;
    std::optional<std::size_t> condition;  // of a leaf: its number
  };

  template <class Met>
  std::optional<bool> value(std::size_t at, bool invert, Met& met) const {
    const auto& n = nodes_[at];
    if (n.condition) {
      const std::optional<bool> known = met(*n.condition);
      return known ? std::optional(*known != invert) : std::nullopt;
    }
    if (n.children.empty()) return true;
    invert = invert != n.inverted;
    const bool all = n.all != invert;  // not (a and b) is (not a) or (not b)
    std::optional<bool> result = all;
    for (const auto child : n.children) {
      const auto one = value(child, invert, met);
      if (one && *one != all) return one;
      if (!one) result = std::nullopt;
    }
    return result;
  }

  std::vector<node> nodes_;  // the root is the last
};

namespace detail {

// Reads JSON once, front to back, and keeps what conditions are made of.
class availability_reader {
 public:
  availability_reader(std::string_view text, availability& to) : text_(text), to_(&to) {}

  void read() {
    to_->open = node(0);
    if (peek() != 0) fail("text after the end");
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

  // A tree {"op": ..., "c": [nodes]}, or a condition such as {"type": "date", "d": ">=" or "<", "t": seconds}.
  std::optional<intervals> node(int depth) {
    if (depth > deepest) fail("too many levels");
    std::string op, direction;
    std::optional<double> at;
    access_condition condition;
    availability::node made;
    std::vector<intervals> children;
    bool is_tree = false;
    const auto is_number = [&] { return std::string_view("\"{[ntf").find(peek()) == std::string_view::npos; };
    const auto whole = [&]() -> std::optional<std::int64_t> {
      const auto read = number();
      return std::abs(read) < 1e15 ? std::optional(std::int64_t(read)) : std::nullopt;
    };
    object([&](const std::string& name) {
      if (name == "op" && peek() == '"') op = string();
      else if (name == "type" && peek() == '"') condition.type = string();
      else if (name == "d" && peek() == '"') direction = string();
      else if (name == "t" && is_number()) at = number();
      else if (name == "id" && is_number()) condition.id = whole();
      else if (name == "cm" && is_number()) condition.activity = whole();
      else if (name == "e" && is_number()) condition.state = whole();
      else if (name == "c" && peek() == '[') {
        is_tree = true;
        array([&] {
          if (auto child = node(depth + 1)) children.push_back(std::move(*child));
          made.children.push_back(to_->nodes_.size() - 1);
        });
      } else {
        skip(depth + 1);
      }
    });
    std::optional<intervals> open;
    if (is_tree) {
      open = combined(op, children, made);
    } else {
      if (condition.type == "date") {
        const bool complete = (direction == ">=" || direction == "<") && at && std::abs(*at) < 1e15;
        if (!complete) fail("a date without direction or time, before");
        condition.date = date_condition{direction == ">=", time(*at)};
        to_->dates.push_back(*condition.date);
        open = condition.date->from ? intervals{{condition.date->at, ever}} : intervals{{no_time, condition.date->at}};
      }
      made.condition = to_->conditions.size();
      to_->conditions.push_back(std::move(condition));
    }
    to_->nodes_.push_back(std::move(made));
    return open;
  }

  std::optional<intervals> combined(std::string_view op, const std::vector<intervals>& children, availability::node& made) const {
    const bool inverted = made.inverted = op.starts_with('!');
    if (inverted) op.remove_prefix(1);
    if (op != "&" && op != "|") fail("an unknown operator, before");
    made.all = op == "&";
    if (children.empty()) return std::nullopt;
    auto result = children.front();
    for (std::size_t i = 1; i < children.size(); ++i) {
      result = op == "&" ? intersection(result, children[i])
                         : complement(intersection(complement(result), complement(children[i])));
    }
    return inverted ? complement(result) : result;
  }

  std::string_view text_;
  availability* to_;
  std::size_t at_ = 0;
};

}  // namespace detail

inline availability::availability(std::string_view json) { detail::availability_reader(json, *this).read(); }

}  // namespace auspex
