// The courses themselves: each on its own, or all as samples of the site.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// Every course, hidden ones too, in the source's order.
struct courses : analyser {
  static constexpr std::string_view id = "core/courses";
  static constexpr std::string_view name = "Courses";
  static constexpr std::string_view description = "Analyses courses, each its own one sample.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_COURSE, sample_entity = AUSPEX_ENTITY_COURSE;
  static constexpr entities provides = course;
  static constexpr bool one_sample_per_analysable = true;

  const read_handle listing = reads_listing(
      table("courses").columns({"course_id", "start", "end", "sort_order"}).of_analysable().in_history());

  void analysables(const frame& f, auto add) const {
    const auto r = f.all(listing);
    for (std::size_t i = 0; i < r.size(); ++i) {
      add(analysable{r.integers(0)[i], r.integer(1, i), r.integer(2, i), r.integer(3, i).value_or(0)});
    }
  }

  void samples(const frame& f, auto add) const { add({f.analysable_key()}); }
};

/// The site, from its first account to as-of; its samples are all courses in the source's order. Under compatibility it begins with
/// the first access of an administrator, which Moodle takes for 1970 where it is not known.
struct site_courses : analyser {
  static constexpr std::string_view id = "core/site_courses";
  static constexpr std::string_view name = "Courses of the site";
  static constexpr std::string_view description = "Analyses the site as a whole; its courses are the samples.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_SITE, sample_entity = AUSPEX_ENTITY_COURSE;
  static constexpr entities provides = course;
  static constexpr time latest_time = 9999999999;

  const read_handle accounts = reads_listing(
      table("users").columns({"administrator", "first_access", "created_at"}).of_analysable().in_history());
  const read_handle listing = reads_samples(table("courses").columns({"course_id", "sort_order"}).of_analysable().in_history());

  explicit site_courses(const arguments& a) : moodle_(a.moodle()) {}

  /// The site as a batch of accounts shows it; of several batches the earliest start counts.
  void analysables(const frame& f, auto add) const {
    const auto r = f.all(accounts);
    std::optional<time> start;
    if (moodle_) start = latest_time;
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (moodle_) {
        if (r.is(0, i)) start = std::min(*start, r.integer(1, i).value_or(0));
        continue;
      }
      for (const auto seen : {r.integer(1, i), r.integer(2, i)}) {
        if (seen && (!start || *seen < *start)) start = seen;
      }
    }
    add(analysable{0, start, f.known_by()});
  }

  void samples(const frame& f, auto add) const {
    const auto r = f.all(listing);
    std::vector<std::size_t> order(r.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::tuple(r.integer(1, i).value_or(0), r.integers(0)[i]); });
    for (const auto i : order) add({r.integers(0)[i]});
  }

 private:
  bool moodle_;
};

}  // namespace auspex::core
