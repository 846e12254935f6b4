// What a student handed in, and when: all that is known by the range's end.
//
// A submission is an event of one of `submission_names` in an activity; of several in one activity the first counts. An
// activity is due once its closing time has come.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

#include "population.hpp"
#include "timeline.hpp"

namespace auspex::engagement {

constexpr auspex_parameter submission_names_parameter() {
  return list_of(text_parameter("submission_names", "names of the events by which students hand in",
                                R"(["assessable_submitted", "attempt_submitted", "submission_created"])"));
}

/// Base: the student's submissions, ascending by activity.
class submission_indicator : public linear_indicator {
 public:
  static constexpr entities needs = user | course;

 protected:
  struct submission {
    std::int64_t activity;
    time at;
  };

  explicit submission_indicator(const arguments& a)
      : events_(reads(table("events")
                          .columns({"time", "activity_id"})
                          .where("name", a.texts("submission_names"))
                          .of_sample()
                          .until_end())) {
    if (a.texts("submission_names").empty()) throw std::invalid_argument("submission_names: at least one is needed");
  }

  /// Valid until the next call. Events outside of activities are no submissions.
  [[nodiscard]] const std::vector<submission>& submissions(const frame& f, std::size_t index) {
    submissions_.clear();
    const auto r = f.all(events_, index);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!r.missing(1, i)) submissions_.push_back({r.integers(1)[i], r.times(0)[i]});
    }
    std::ranges::stable_sort(submissions_, {}, &submission::activity);
    const auto rest = std::ranges::unique(submissions_, {}, &submission::activity);
    submissions_.erase(rest.begin(), rest.end());
    return submissions_;
  }

 private:
  read_handle events_;
  std::vector<submission> submissions_;
};

/// Base of those that look at deadlines: activities with a closing time, of all modules or of those given.
class deadline_indicator : public submission_indicator {
 public:
  static constexpr std::array parameters{
      submission_names_parameter(),
      list_of(text_parameter("modules", "only deadlines of these kinds of activities; without it all", "null"))};

 protected:
  struct deadline {
    std::int64_t activity;
    time close;
  };

  explicit deadline_indicator(const arguments& a) : submission_indicator(a) {
    table read = table("activities").columns({"activity_id", "close"}).of_analysable().until_end();
    if (a.has("modules")) {
      auto modules = a.texts("modules");
      if (modules.empty()) throw std::invalid_argument("modules: at least one is needed");
      std::move(read).where("module", std::move(modules));
    }
    activities_ = reads(std::move(read));
  }

  /// Calls `found(deadline, first submission or nullptr)` for every deadline of the course.
  void each_deadline(const frame& f, std::size_t index, auto&& found) {
    if (index == 0) list_deadlines(f);
    const auto& made = submissions(f, index);
    auto next = made.begin();
    for (const auto& deadline : deadlines_) {
      while (next != made.end() && next->activity < deadline.activity) ++next;
      found(deadline, next != made.end() && next->activity == deadline.activity ? &*next : nullptr);
    }
  }

 private:
  void list_deadlines(const frame& f) {
    deadlines_.clear();
    const auto r = f.all(activities_);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!r.missing(1, i)) deadlines_.push_back({r.integers(0)[i], r.times(1)[i]});
    }
    std::ranges::sort(deadlines_, {}, &deadline::activity);
  }

  read_handle activities_;
  std::vector<deadline> deadlines_;
};

/// 2 m / d - 1, d = activities due by the range's end, m = those of them handed in, late ones too.
struct submissions_made : deadline_indicator {
  static constexpr std::string_view id = "engagement/submissions_made";
  static constexpr std::string_view name = "Submissions made of those due";
  static constexpr std::string_view description =
      "2 m / d - 1, d = activities whose deadline has come, m = those of them handed in (late ones too). None "
      "where nothing is due.";
  explicit submissions_made(const arguments& a) : deadline_indicator(a) {}

  void calculate(const frame& f, std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      double due = 0, made = 0;
      each_deadline(f, i, [&](const deadline& d, const submission* s) {
        if (d.close > f.end()) return;
        due += 1;
        made += s != nullptr;
      });
      values[i] = due == 0 ? none : 2 * made / due - 1;
    }
  }
};

/// The mean of e / (|e| + 7) over what was handed in and has a deadline, due or not (e = whole days from the day of the
/// first submission to the day of the deadline), and of -1 over what is due and was not handed in.
struct submission_earliness : deadline_indicator {
  static constexpr std::string_view id = "engagement/submission_earliness";
  static constexpr std::string_view name = "How early submissions are";
  static constexpr std::string_view description =
      "Mean of e / (|e| + 7) over all that was handed in and has a deadline, e = days ahead of it, and of -1 over "
      "all that is due and was not. None where there is neither.";
  explicit submission_earliness(const arguments& a) : deadline_indicator(a) {}

  void calculate(const frame& f, std::span<double> values) {
    const timeline days(f);
    for (std::size_t i = 0; i < values.size(); ++i) {
      double sum = 0, count = 0;
      each_deadline(f, i, [&](const deadline& d, const submission* s) {
        if (s == nullptr && d.close > f.end()) return;
        count += 1;
        if (s == nullptr) {
          sum -= 1;
          return;
        }
        const auto early = double(days.day_of(d.close) - days.day_of(s->at));
        sum += early / (std::abs(early) + 7);
      });
      values[i] = count == 0 ? none : sum / count;
    }
  }
};

/// n = activities handed in so far, due or not, m = their median over the students enrolled at the range's end:
/// (n - m) / (n + m).
struct submissions_relative_to_median : submission_indicator {
  static constexpr std::string_view id = "engagement/submissions_relative_to_median";
  static constexpr std::string_view name = "Submissions relative to the course";
  static constexpr std::string_view description =
      "(n - m) / (n + m), n = activities handed in so far, due or not, m = their median over the students enrolled "
      "at the end of the range; 0 where both are 0.";
  static constexpr entities uses = enrolment;
  static constexpr std::array parameters{submission_names_parameter()};
  const read_handle enrolments = reads(enrolments_of_samples());
  explicit submissions_relative_to_median(const arguments& a) : submission_indicator(a) {}

  void calculate(const frame& f, std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = double(submissions(f, i).size());
    const double middle = enrolled_median(f, enrolments, values);
    for (auto& value : values) value = relative(value, middle);
  }
};

}  // namespace auspex::engagement
