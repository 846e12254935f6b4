// How deep and how broad taking part in an activity can get, by module: the potential levels of the Community of Inquiry.
#pragma once

#include <array>
#include <stdexcept>
#include <string_view>

namespace auspex {

/// Cognitive depth: 1 opened, 2 wrote, 3 saw feedback, 4 answered it, 5 submitted again after it. Social breadth: 1 alone,
/// 2 with the teacher or others.
struct activity_levels {
  int cognitive = 0;
  int social = 0;
  int cognitive_without_results = 0;  ///< where nobody sees the results of a choice or feedback; 0: the same

  [[nodiscard]] constexpr int cognitive_where(bool results_shown) const {
    return results_shown || cognitive_without_results == 0 ? cognitive : cognitive_without_results;
  }
};

struct module_levels {
  std::string_view module;
  activity_levels levels;
};

/// Moodle's modules that have indicators of their own.
inline constexpr std::array<module_levels, 22> moodle_levels{{
    {"assign", {5, 2}},   {"bigbluebuttonbn", {4, 1}}, {"book", {1, 1}},     {"chat", {4, 2}},   {"choice", {3, 2, 2}},
    {"data", {2, 1}},     {"feedback", {3, 2, 2}},     {"folder", {1, 1}},   {"forum", {4, 2}},  {"glossary", {2, 1}},
    {"imscp", {1, 1}},    {"label", {1, 1}},           {"lesson", {5, 2}},   {"lti", {3, 2}},    {"page", {1, 1}},
    {"quiz", {5, 2}},     {"resource", {1, 1}},        {"scorm", {3, 2}},    {"survey", {2, 1}}, {"url", {1, 1}},
    {"wiki", {2, 1}},     {"workshop", {5, 2}},
}};

/// Levels of 0 where Moodle's module has none.
constexpr activity_levels levels_of(std::string_view module) {
  for (const auto& one : moodle_levels) {
    if (one.module == module) return one.levels;
  }
  return {};
}

}  // namespace auspex
