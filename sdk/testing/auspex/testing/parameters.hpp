// Parameters as a model file gives them, and their defaults.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <auspex/frame.hpp>

namespace auspex::testing {

/// A number, boolean, text, or list of them.
class argument {
 public:
  argument() = default;
  argument(bool v) : held_(v) {}
  template <std::integral T>
  argument(T v) : held_(std::int64_t(v)) {}
  template <std::floating_point T>
  argument(T v) : held_(double(v)) {}
  argument(const char* v) : held_(std::string(v)) {}
  argument(std::string v) : held_(std::move(v)) {}
  argument(std::vector<argument> v) : list_(std::move(v)), is_list_(true) {}
  argument(std::initializer_list<argument> v) : list_(v), is_list_(true) {}

  [[nodiscard]] bool is_list() const { return is_list_; }
  [[nodiscard]] const std::vector<argument>& list() const { return list_; }
  [[nodiscard]] bool absent() const { return !is_list_ && held_.index() == 0; }
  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&held_);
  }

 private:
  std::variant<std::monostate, std::int64_t, double, bool, std::string> held_;
  std::vector<argument> list_;
  bool is_list_ = false;
};

/// A list of any length; {1, 2} is one too, but {} is nothing.
template <class... T>
argument list(T... elements) {
  return std::vector<argument>{argument(elements)...};
}

/// By name: {{"grace_hours", 2}, {"names", {"submitted"}}}
class parameters {
 public:
  parameters() = default;
  parameters(std::initializer_list<std::pair<std::string, argument>> values) {
    for (const auto& [name, v] : values) values_[name] = v;
  }

  argument& operator[](const std::string& name) { return values_[name]; }
  [[nodiscard]] const std::map<std::string, argument>& all() const { return values_; }

 private:
  std::map<std::string, argument> values_;
};

namespace detail {

/// Reads a declared default: a JSON number, boolean, text or flat list of them.
class default_reader {
 public:
  explicit default_reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] argument read() {
    auto result = element();
    if (!skip().empty()) refuse();
    return result;
  }

 private:
  argument element() {
    if (take("[")) {
      std::vector<argument> list;
      for (bool more = !take("]"); more;) {
        list.push_back(element());
        more = take(",");
        if (!more && !take("]")) refuse();
      }
      return list;
    }
    if (take("true")) return true;
    if (take("false")) return false;
    if (take("null")) return {};
    if (take("\"")) return text();
    const auto end = std::min(rest_.find_first_of(",] "), rest_.size());
    const auto number = rest_.substr(0, end);
    rest_.remove_prefix(end);
    std::int64_t whole = 0;
    auto [at, error] = std::from_chars(number.data(), number.data() + number.size(), whole);
    if (error == std::errc() && at == number.data() + number.size()) return whole;
    double real = 0;
    std::tie(at, error) = pair(std::from_chars(number.data(), number.data() + number.size(), real));
    if (error != std::errc() || at != number.data() + number.size()) refuse();
    return real;
  }

  std::string text() {
    std::string result;
    for (; !rest_.empty() && rest_.front() != '"'; rest_.remove_prefix(1)) {
      if (rest_.front() == '\\') {
        rest_.remove_prefix(1);
        if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\\' && rest_.front() != '/')) refuse();
      }
      result += rest_.front();
    }
    if (!take("\"")) refuse();
    return result;
  }

  static std::pair<const char*, std::errc> pair(std::from_chars_result r) { return {r.ptr, r.ec}; }

  std::string_view skip() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return rest_;
  }
  bool take(std::string_view token) {
    if (!skip().starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  [[noreturn]] void refuse() const {
    throw std::invalid_argument("the default is no JSON number, boolean, text or list of them, from '" + std::string(rest_) +
                                "' on");
  }

  std::string_view rest_;
};

/// Checked values in the contract's form; owns what they point to.
class arguments {
 public:
  arguments(std::span<const auspex_parameter> declared, const parameters& given) {
    for (const auto& [name, v] : given.all()) {
      bool known = false;
      for (const auto& p : declared) known = known || view(p.name) == name;
      if (!known) throw std::invalid_argument("it has no parameter '" + name + "'");
    }
    for (const auto& p : declared) {
      const std::string name(view(p.name));
      const auto found = given.all().find(name);
      if (found == given.all().end() && p.required != 0)
        throw std::invalid_argument("it needs the parameter '" + name + "'");
      if (found == given.all().end() && p.default_json.size == 0) continue;
      const auto v = found == given.all().end() ? default_reader(view(p.default_json)).read() : found->second;
      if (!v.absent()) add(p, v);
    }
  }

  [[nodiscard]] const auspex_argument* data() const { return arguments_.data(); }
  [[nodiscard]] std::size_t size() const { return arguments_.size(); }

 private:
  struct values {
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
    std::deque<std::string> texts;
    std::vector<auspex_str> borrowed;
  };

  void add(const auspex_parameter& p, const argument& v) {
    if (v.is_list() != (p.is_list != 0)) refuse(p, p.is_list != 0 ? "it takes a list" : "it takes no list");
    auto& to = values_.emplace_back();
    if (v.is_list()) {
      for (const auto& one : v.list()) add(p, one, to);
    } else {
      add(p, v, to);
    }
    for (const auto& text : to.texts) to.borrowed.push_back(str(text));
    arguments_.push_back({sizeof(auspex_argument), p.type, p.is_list, p.name, v.is_list() ? v.list().size() : 1,
                          to.reals.data(), to.integers.data(), to.borrowed.data()});
  }

  static void add(const auspex_parameter& p, const argument& v, values& to) {
    const auto* whole = v.get<std::int64_t>();
    const auto* real = v.get<double>();
    const auto number = whole != nullptr ? double(*whole) : real != nullptr ? *real : 0;
    switch (p.type) {
      case AUSPEX_TYPE_INT:
      case AUSPEX_TYPE_REAL:
        if (whole == nullptr && (real == nullptr || p.type == AUSPEX_TYPE_INT)) refuse(p, "it takes a number");
        if (number < p.minimum || number > p.maximum) refuse(p, std::to_string(number) + " is outside its limits");
        to.reals.push_back(number);
        if (whole != nullptr) to.integers.push_back(*whole);
        break;
      case AUSPEX_TYPE_BOOL:
        if (v.get<bool>() == nullptr) refuse(p, "it takes true or false");
        to.integers.push_back(*v.get<bool>() ? 1 : 0);
        break;
      default: {
        if (v.get<std::string>() == nullptr) refuse(p, "it takes a text");
        bool allowed = p.choice_count == 0;
        for (std::size_t i = 0; i < p.choice_count; ++i) allowed = allowed || view(p.choices[i]) == *v.get<std::string>();
        if (!allowed) refuse(p, "'" + *v.get<std::string>() + "' is none of its choices");
        to.texts.push_back(*v.get<std::string>());
      }
    }
  }

  [[noreturn]] static void refuse(const auspex_parameter& p, const std::string& why) {
    throw std::invalid_argument("the parameter '" + std::string(view(p.name)) + "': " + why);
  }

  std::deque<values> values_;
  std::vector<auspex_argument> arguments_;
};

}  // namespace detail
}  // namespace auspex::testing
