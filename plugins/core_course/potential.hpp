// How deeply and how broadly students could take part in a course at best.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <auspex/activity_levels.hpp>
#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// The highest potential level of the course's activities, or that of the sample's activity. Hidden activities count in Moodle
/// only, which also fails where no activity has a level.
class potential : public linear_indicator {
 public:
  static constexpr entities needs = course, uses = activity;
  static constexpr std::array parameters{
      list_of(text_parameter("levels", "levels of modules that Moodle does not have: \"module=level\"", "[]"))};

  void calculate(const frame& f, std::span<double> values) const {
    // Samples of one course share their rows.
    const std::int32_t* of = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto r = f.all(activities_, i);
      const auto* modules = r.codes(module).data();
      values[i] = i > 0 && modules == of && r.size() == size ? values[i - 1] : value(r);
      of = modules;
      size = r.size();
    }
  }

 protected:
  potential(bool social, const arguments& a) : social_(social), moodle_(a.moodle()) {
    for (const auto& text : a.texts("levels")) {
      const auto equals = text.find('=');
      int level = 0;
      const auto* end = text.data() + text.size();
      if (equals != std::string::npos && equals > 0) {
        if (const auto read = std::from_chars(text.data() + equals + 1, end, level); read.ptr != end) level = 0;
      }
      if (level < 1 || level > 5) throw std::invalid_argument("'" + text + "' is not of the form \"module=level\", level 1 to 5");
      levels_.emplace_back(text.substr(0, equals), level);
    }
  }

 private:
  enum { module, results_shown, visible, section_visible };

  [[nodiscard]] int level_of(std::string_view name, std::string_view results) const {
    for (const auto& [other, level] : levels_) {
      if (other == name) return level;
    }
    const auto levels = levels_of(name);
    return social_ ? levels.social : levels.cognitive_where(!results.empty() && results != "never");
  }

  [[nodiscard]] double value(const rows& r) const {
    int highest = 0, counted = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!moodle_ && (!r.is(visible, i, true) || !r.is(section_visible, i, true))) continue;
      ++counted;
      highest = std::max(highest, level_of(r.text(module, i), r.text(results_shown, i)));
    }
    if (highest == 0) {
      if (counted == 0 || !moodle_) return -1;
      throw std::runtime_error(
          "Moodle's indicator fails where no activity of a course has a level: leave it out of the model, or do without "
          "compatibility");
    }
    return social_ ? 2.0 * std::min(highest, 2) - 3 : 0.5 * highest - 1.5;
  }

  bool social_, moodle_;
  std::vector<std::pair<std::string, int>> levels_;
  read_handle activities_ = reads(table("activities")
                                      .columns({"module", "results_shown", "visible", "section_visible"})
                                      .of_sample()
                                      .until_end());
};

struct potential_cognitive_depth : potential {
  static constexpr std::string_view id = "core_course/potential_cognitive_depth";
  static constexpr std::string_view name = "Potential cognitive depth";
  static constexpr std::string_view description =
      "(level - 3) / 2 of the highest level that an activity of the course can be taken to: 1 opening, 2 writing, 3 seeing "
      "feedback, 4 answering it, 5 submitting again after it; -1 without activities.";
  explicit potential_cognitive_depth(const arguments& a) : potential(false, a) {}
};

struct potential_social_breadth : potential {
  static constexpr std::string_view id = "core_course/potential_social_breadth";
  static constexpr std::string_view name = "Potential social breadth";
  static constexpr std::string_view description =
      "1 where an activity of the course lets students take part with others or the teacher, -1 where all are for oneself or "
      "there are none.";
  explicit potential_social_breadth(const arguments& a) : potential(true, a) {}
};

}  // namespace auspex::core_course
