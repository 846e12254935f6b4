// Which result a student has at a course's end.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "enrolment_target.hpp"

namespace auspex::core {

/// 0, 1, 2, ...: the place of the student's outcome in the list `results`; none: not known, or not in the list. An element may
/// join several outcomes with " | " to one class.
struct result : of_outcomes<multiclass_target> {
  static constexpr std::string_view id = "core/result";
  static constexpr std::string_view name = "Result";
  static constexpr std::string_view description = "Which of the given results a student has in a course.";
  static constexpr std::array parameters{
      list_of(text_parameter("results", "the classes, in their order; ' | ' joins several outcomes to one class")),
      list_of(text_parameter("ignored", "classes that are no insight", "null"))};

  explicit result(const arguments& a) : names_(a.texts("results")) {
    if (names_.size() < 2) throw std::invalid_argument("results: at least two are needed");
    for (std::size_t c = 0; c < names_.size(); ++c) {
      values_.push_back(double(c));
      raw_names_.push_back(str(names_[c]));
      std::string_view rest = names_[c];
      for (;;) {
        const auto end = rest.find(joint);
        const auto outcome = std::string(rest.substr(0, end));
        if (outcome.empty()) throw std::invalid_argument("results: '" + names_[c] + "' holds an empty result");
        for (const auto& [known, value] : class_of_) {
          if (known == outcome) throw std::invalid_argument("results: '" + outcome + "' is there twice");
        }
        class_of_.emplace_back(outcome, double(c));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + joint.size());
      }
    }
    if (!a.has("ignored")) return;
    for (const auto& name : a.texts("ignored")) {
      const auto found = std::ranges::find(names_, name);
      if (found == names_.end()) throw std::invalid_argument("ignored: '" + name + "' is none of the results");
      const auto value = double(found - names_.begin());
      if (std::ranges::find(ignored_, value) != ignored_.end()) throw std::invalid_argument("ignored: '" + name + "' is there twice");
      ignored_.push_back(value);
    }
  }

  [[nodiscard]] std::span<const double> class_values() const { return values_; }
  [[nodiscard]] std::span<const auspex_str> names_of_classes() const { return raw_names_; }
  [[nodiscard]] std::span<const double> ignored_values() const { return ignored_; }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto own = result_of(s);
    for (const auto& [outcome, value] : class_of_) {
      if (outcome == own) return value;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::string_view joint = " | ";

  std::vector<std::string> names_;
  std::vector<auspex_str> raw_names_;
  std::vector<double> values_, ignored_;
  std::vector<std::pair<std::string, double>> class_of_;
};

}  // namespace auspex::core
