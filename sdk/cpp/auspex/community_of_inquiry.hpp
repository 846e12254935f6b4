// The Community of Inquiry of an activity module: how deeply (cognitive depth) and how broadly (social breadth) students
// take part in its activities. A plugin describes its module and gets both indicators:
//
//   constexpr auspex::activity_module poll{.component = "mod_poll", .module = "poll", .name = "Poll",
//                                          .potential = {.cognitive = 3, .social = 2}, .viewed = {"results_viewed"}};
//   AUSPEX_PLUGIN("mod_poll", "1.0.0", auspex::cognitive_depth<poll>, auspex::social_breadth<poll>)
//
// After Moodle's community_of_inquiry_activity: each of the n activities that are due in the range (due_activities.hpp) adds
// 2 / n * level / potential to -1; none where n is 0. The level is the highest that the student reached within the range.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <auspex/activity_levels.hpp>
#include <auspex/due_activities.hpp>

namespace auspex {

/// What one user did in one activity within the range. Times are those of the last such event, no_time without any.
struct deeds {
  time viewed = no_time, replied = no_time, submitted = no_time;
  std::uint32_t submissions = 0;
  bool opened = false, wrote = false, posted = false;
};

/// Where Moodle's own version of a module falls short; each is reproduced under compatibility.
enum class moodle_fault {
  none,
  feedback_unreachable,      ///< it asks for grades of activities that never have any
  social_needs_grade_item,   ///< the social indicator asks for a grade item, the cognitive one does not
  fails                      ///< the cognitive indicator throws as soon as the student has opened an activity
};

/// A module and what counts in it. Events are named as in events.name.
struct activity_module {
  using names = std::array<std::string_view, 8>;

  std::string_view component;   ///< the plugin's id, "mod_poll"
  std::string_view module;      ///< as in activities.module, "poll"
  std::string_view name;        ///< for people, "Poll"
  std::string_view feedback;    ///< what feedback is, a sentence that begins with a space, for the description
  activity_levels potential;
  names viewed{}, replied{}, submitted{};  ///< events by which feedback is seen, answered, used for another submission
  bool after_grade = false;     ///< feedback exists from the student's first grade in the activity on; else always
  std::string_view post = {};   ///< feedback is what others post by this event: own post needed, and another user's before
  /// Instead of `viewed` and `submitted`; `since` is the time after which there was feedback (ever: none).
  bool (*sees_feedback)(const activity_settings&, const deeds&, time since) = nullptr;
  bool (*submits_again)(const deeds&, time since, bool moodle) = nullptr;
  moodle_fault fault = moodle_fault::none;

  [[nodiscard]] constexpr bool has_feedback() const { return potential.social > 1 || potential.cognitive > 2; }
};

namespace detail {

/// Both indicators of a module.
///
/// By default a student reaches a level alone. In Moodle, feedback that any user of the activity saw, answered or used raises
/// every student who opened it; so it is under compatibility, and for samples without a user.
class activity_indicator : public linear_indicator {
 public:
  static constexpr entities needs = course, uses = user;

  void prepare(const frame& f) {
    if (f.raw().analysable->unit != AUSPEX_UNIT_COURSE) {
      throw std::invalid_argument(std::string(module_.component) + " can only be calculated course by course");
    }
    activities_ = due_activities(f.all(course_), f.all(settings_), moodle_);
  }

  void calculate(const frame& f, std::span<double> values) {
    due_ = activities_.in(f.start(), f.end());
    std::ranges::fill(values, due_.empty() ? none : -1);
    if (due_.empty() || values.empty()) return;
    const auto users = f.ids("user_id");
    const bool alone = !users.empty() && !moodle_;
    own_words_.learn(module_, f.all(events_));
    posts_.assign(due_.size(), {});
    if (others_) other_words_.learn(module_, f.all(*others_));
    if (others_ && !module_.post.empty()) note_posts(f.all(*others_));
    if (!alone) note_feedback_of_anyone(f, users.empty());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto r = f.all(events_, i);
      if (r.empty()) continue;
      own_.assign(due_.size(), {});
      for_due(r, activity_id, [&](std::size_t at, std::size_t row) { note(own_[at], own_words_, r, row); });
      if (alone && grades_) note_grades(f.all(*grades_, i));
      for (std::size_t at = 0; at < due_.size(); ++at) {
        if (!own_[at].opened) continue;
        const auto& own = own_[at];
        const auto seen = alone ? feedback_of(at, own, since(at, own, users[i], own_grades_)) : of_anyone_[at];
        values[i] += score(2 / double(due_.size()), *due_[at], own, seen);
      }
      values[i] = into_unit(values[i]);
    }
  }

 protected:
  activity_indicator(const activity_module& module, bool social, const arguments& a)
      : module_(module),
        social_(social),
        moodle_(a.moodle()),
        course_(reads_settings(due_activities::course_read())),
        settings_(reads_settings(due_activities::activities_read(module.module))),
        events_(reads(events().of_sample().in_range())) {
    if (!module.has_feedback() || (moodle_ && module.fault == moodle_fault::feedback_unreachable)) return;
    if (moodle_ || !module.post.empty()) {
      others_ = reads(events().where("name", moodle_ ? feedback_names() : std::vector{std::string(module.post)})
                          .of_analysable().in_range());
    }
    if (!module.after_grade) return;
    auto grades = table("grades").columns({"activity_id", "user_id", "kind", "graded_at", "item"});
    grades_ = reads(moodle_ ? std::move(grades).of_analysable().in_history() : std::move(grades).of_sample().until_end());
    if (!moodle_) return;
    students_ = reads(table("roles").columns({"user_id"}).where("archetype", {"student"}).of_analysable().until_end());
  }

 private:
  // Columns of events_ and others_; modules without feedback read the first ones only.
  enum { activity_id, crud, event_name, at_time, user_id };
  // Columns of grades_.
  enum { grade_activity, grade_user, grade_kind, graded_at, grade_item };
  // What an event's name means.
  enum : std::uint8_t { views = 1, replies = 2, submits = 4, posts = 8 };

  // What the codes of events stand for, in one read of one call.
  struct words {
    std::vector<std::uint8_t> names, writes;

    void learn(const activity_module& module, const rows& r) {
      names.clear();
      writes.clear();
      if (module.has_feedback()) {
        for (const auto& text : r.words(event_name)) names.push_back(meaning(module, view(text)));
      }
      if (module.has_feedback() || module.potential.cognitive > 1) {
        for (const auto& text : r.words(crud)) writes.push_back(view(text) == "c" || view(text) == "u");
      }
    }

    static std::uint8_t meaning(const activity_module& module, std::string_view name) {
      const auto in = [&](const activity_module::names& some) { return std::ranges::find(some, name) != some.end(); };
      if (name.empty()) return 0;
      return std::uint8_t((in(module.viewed) ? views : 0) | (in(module.replied) ? replies : 0) |
                          (in(module.submitted) ? submits : 0) | (name == module.post ? posts : 0));
    }
  };
  struct feedback {
    bool viewed = false, replied = false, submitted = false;
  };
  // The first post in an activity, and the first by another user than that.
  struct first_posts {
    std::int64_t user = 0;
    time first = ever, second = ever;
  };
  // By user: when each due activity was first graded; ever: not.
  using grade_times = std::unordered_map<std::int64_t, std::vector<time>>;

  [[nodiscard]] table events() const {
    std::vector<std::string> columns{"activity_id"};
    if (module_.has_feedback()) columns.insert(columns.end(), {"crud", "name", "time", "user_id"});
    else if (module_.potential.cognitive > 1) columns.emplace_back("crud");
    return table("events").columns(std::move(columns)).where("module", {std::string(module_.module)});
  }

  [[nodiscard]] std::vector<std::string> feedback_names() const {
    std::vector<std::string> result;
    const auto add = [&](std::string_view name) {
      if (!name.empty() && std::ranges::find(result, name) == result.end()) result.emplace_back(name);
    };
    for (const auto* names : {&module_.viewed, &module_.replied, &module_.submitted}) std::ranges::for_each(*names, add);
    add(module_.post);
    return result;
  }

  // Calls `row(at, i)` for the rows i of due activities, `at` being their place in due_.
  template <class Row>
  void for_due(const rows& r, std::size_t column, Row&& row) const {
    const auto ids = r.integers(column);
    std::size_t at = due_.size();
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (r.missing(column, i)) continue;
      if (at == due_.size() || due_[at]->id != ids[i]) {
        const auto found = std::ranges::lower_bound(due_, ids[i], {}, &activity_settings::id);
        at = found != due_.end() && (*found)->id == ids[i] ? std::size_t(found - due_.begin()) : due_.size();
      }
      if (at < due_.size()) row(at, i);
    }
  }

  // Rows come in the order of time.
  static void note(deeds& d, const words& known, const rows& r, std::size_t i) {
    d.opened = true;
    if (!known.writes.empty() && !r.missing(crud, i)) d.wrote |= known.writes[std::size_t(r.codes(crud)[i])] != 0;
    if (known.names.empty() || r.missing(event_name, i)) return;
    const auto means = known.names[std::size_t(r.codes(event_name)[i])];
    if (means == 0) return;
    const auto t = r.times(at_time)[i];
    if ((means & views) != 0) d.viewed = t;
    if ((means & replies) != 0) d.replied = t;
    if ((means & submits) != 0) {
      d.submitted = t;
      ++d.submissions;
    }
    d.posted |= (means & posts) != 0;
  }

  void note_posts(const rows& r) {
    for_due(r, activity_id, [&](std::size_t at, std::size_t i) {
      if (r.missing(user_id, i) || (other_words_.names[std::size_t(r.codes(event_name)[i])] & posts) == 0) return;
      auto& found = posts_[at];
      const auto user = r.integers(user_id)[i];
      if (found.first == ever) found = {user, r.times(at_time)[i], ever};
      else if (found.second == ever && user != found.user) found.second = r.times(at_time)[i];
    });
  }

  void note_feedback_of_anyone(const frame& f, bool without_users) {
    of_anyone_.assign(due_.size(), {});
    if (!others_ && !(without_users && module_.has_feedback() && !moodle_)) return;
    const auto r = f.all(without_users ? events_ : *others_);
    std::unordered_map<std::int64_t, std::vector<deeds>> everyone;
    for_due(r, activity_id, [&](std::size_t at, std::size_t i) {
      if (r.missing(user_id, i)) return;
      auto& of = everyone[r.integers(user_id)[i]];
      if (of.empty()) of.resize(due_.size());
      note(of[at], without_users ? own_words_ : other_words_, r, i);
    });
    const auto grades = grades_ ? grades_by_user(f) : grade_times();
    const std::vector<time> ungraded(due_.size(), ever);
    for (const auto& [user, of] : everyone) {
      const auto graded = grades.find(user);
      for (std::size_t at = 0; at < due_.size(); ++at) {
        const auto& dates = graded == grades.end() ? ungraded : graded->second;
        const auto seen = feedback_of(at, of[at], since(at, of[at], user, dates));
        of_anyone_[at].viewed |= seen.viewed;
        of_anyone_[at].replied |= seen.replied;
        of_anyone_[at].submitted |= seen.submitted;
      }
    }
  }

  // Of one user's rows.
  void note_grades(const rows& r) {
    own_grades_.assign(due_.size(), ever);
    for_due(r, grade_activity, [&](std::size_t at, std::size_t i) {
      if (r.text(grade_kind, i) != "outcome") own_grades_[at] = std::min(own_grades_[at], r.times(graded_at)[i]);
    });
  }

  // Moodle knows the present grade of an item only, and gives dates for students only.
  [[nodiscard]] grade_times grades_by_user(const frame& f) const {
    const auto r = f.all(*grades_);
    std::unordered_map<std::int64_t, bool> is_student;
    if (students_) {
      for (const auto user : f.all(*students_).integers(0)) is_student[user] = true;
    }
    struct grade {
      std::int64_t user;
      std::int32_t item;
      std::size_t at;
      time given;
    };
    std::vector<grade> all;
    for_due(r, grade_activity, [&](std::size_t at, std::size_t i) {
      const auto user = r.integers(grade_user)[i];
      if (r.missing(grade_user, i) || r.text(grade_kind, i) == "outcome") return;
      if (students_ && !is_student.contains(user)) return;
      all.push_back({user, r.codes(grade_item)[i], at, r.times(graded_at)[i]});
    });
    std::ranges::stable_sort(all, {}, [](const grade& g) { return std::pair(g.user, g.item); });
    grade_times result;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool last = i + 1 == all.size() || all[i + 1].user != all[i].user || all[i + 1].item != all[i].item;
      if (moodle_ && !last) continue;
      auto& times = result[all[i].user];
      if (times.empty()) times.assign(due_.size(), ever);
      times[all[i].at] = std::min(times[all[i].at], all[i].given);
    }
    return result;
  }

  // The time after which a user's deeds can be answers to feedback; ever: there was none.
  [[nodiscard]] time since(std::size_t at, const deeds& d, std::int64_t user, const std::vector<time>& grades) const {
    const bool asks_for_item = module_.after_grade || (social_ && module_.fault == moodle_fault::social_needs_grade_item);
    if (moodle_ && asks_for_item && due_[at]->grade_items == 0) return ever;
    if (module_.after_grade) return grades[at];
    if (module_.post.empty()) return no_time;
    if (!d.posted) return ever;
    return posts_[at].user == user ? posts_[at].second : posts_[at].first;
  }

  [[nodiscard]] feedback feedback_of(std::size_t at, const deeds& d, time since) const {
    return {module_.sees_feedback != nullptr ? module_.sees_feedback(*due_[at], d, since) : d.viewed > since,
            d.replied > since,
            module_.submits_again != nullptr ? module_.submits_again(d, since, moodle_) : d.submitted > since};
  }

  // What an activity that was opened adds, `most` at its potential level: one step a level reached. Moodle multiplies in this
  // order, and its means of the last digit's halves follow from it.
  [[nodiscard]] double score(double most, const activity_settings& of, const deeds& d, const feedback& seen) const {
    if (social_) return most / module_.potential.social * (module_.potential.social > 1 && seen.viewed ? 2 : 1);
    if (moodle_ && module_.fault == moodle_fault::fails) {
      throw std::runtime_error("Moodle's indicator fails as soon as a student has opened an activity of the module " +
                               std::string(module_.module) + ": leave it out of the model, or do without compatibility");
    }
    const int potential = module_.potential.cognitive_where(of.shown != results::none);
    int level = 1;
    if (potential >= 5 && seen.submitted) level = 5;
    else if (potential >= 4 && seen.replied) level = 4;
    else if (potential >= 3 && seen.viewed) level = 3;
    else if (potential >= 2 && d.wrote) level = 2;
    return most / potential * level;
  }

  const activity_module& module_;
  bool social_, moodle_;
  read_handle course_, settings_, events_;
  std::optional<read_handle> others_, grades_, students_;
  due_activities activities_;
  // Of one call; kept to reuse their memory.
  std::vector<const activity_settings*> due_;
  words own_words_, other_words_;
  std::vector<first_posts> posts_;
  std::vector<feedback> of_anyone_;
  std::vector<deeds> own_;
  std::vector<time> own_grades_;
};

// A static text, put together while compiling.
template <std::size_t Capacity>
class text {
 public:
  constexpr text(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) {
      if (part.size() > Capacity - size_) throw std::length_error("the text is too long");
      for (const char c : part) characters_[size_++] = c;
    }
  }
  [[nodiscard]] constexpr std::string_view view() const { return {characters_.data(), size_}; }

 private:
  std::array<char, Capacity> characters_{};
  std::size_t size_ = 0;
};

constexpr std::string_view digit(int n) { return std::string_view("0123456789").substr(std::size_t(n), 1); }

}  // namespace detail

/// How deeply students take part in the activities of a module.
template <const activity_module& Module>
struct cognitive_depth : detail::activity_indicator {
  static constexpr detail::text<64> id_text{Module.component, "/cognitive_depth"};
  static constexpr detail::text<96> name_text{Module.name, ": cognitive depth"};
  static constexpr detail::text<640> description_text{
      "-1, plus 2 / n * level / ", detail::digit(Module.potential.cognitive),
      " for each of the n activities due in the range; none where n is 0. The level is the highest that the student reached "
      "in the range: 1 opened it",
      Module.potential.cognitive > 1 ? ", 2 wrote in it" : "", Module.potential.cognitive > 2 ? ", 3 saw feedback" : "",
      Module.potential.cognitive > 3 ? ", 4 answered feedback" : "",
      Module.potential.cognitive > 4 ? ", 5 submitted again after feedback" : "", ".",
      Module.potential.cognitive > 2 ? Module.feedback : ""};
  static constexpr std::string_view id = id_text.view(), name = name_text.view(), description = description_text.view();
  explicit cognitive_depth(const arguments& a) : activity_indicator(Module, false, a) {}
};

/// How far students take part with others in the activities of a module.
template <const activity_module& Module>
struct social_breadth : detail::activity_indicator {
  static constexpr detail::text<64> id_text{Module.component, "/social_breadth"};
  static constexpr detail::text<96> name_text{Module.name, ": social breadth"};
  static constexpr detail::text<640> description_text{
      "-1, plus 2 / n * level / ", detail::digit(Module.potential.social),
      " for each of the n activities due in the range; none where n is 0. The level is the highest that the student reached "
      "in the range: 1 opened it",
      Module.potential.social > 1 ? ", 2 saw feedback" : "", ".", Module.potential.social > 1 ? Module.feedback : ""};
  static constexpr std::string_view id = id_text.view(), name = name_text.view(), description = description_text.view();
  explicit social_breadth(const arguments& a) : activity_indicator(Module, true, a) {}
};

}  // namespace auspex
