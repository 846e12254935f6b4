// Who will fail a quiz.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::mod_quiz {

/// The students of courses, each once for every quiz of the course: ENROLMENT/ACTIVITY.
struct quiz_takers : analyser {
  static constexpr std::string_view id = "mod_quiz/quiz_takers";
  static constexpr std::string_view name = "Students before quizzes";
  static constexpr std::string_view description = "Analyses courses; a sample is a student and a quiz of the course, taken or not.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_COURSE, sample_entity = AUSPEX_ENTITY_ENROLMENT;
  static constexpr entities provides = user | course | enrolment | activity;
  static constexpr entities identity = enrolment | activity;

  const read_handle courses =
      reads_listing(table("courses").columns({"course_id", "start", "end", "sort_order"}).of_analysable().in_history());
  const read_handle enrolments = reads_samples(table("enrolments")
                                                   .columns({"user_id", "enrolment_id", "course_id"})
                                                   .where("role", {"student"})
                                                   .of_analysable()
                                                   .in_history());
  const read_handle quizzes =
      reads_samples(table("activities").columns({"activity_id"}).where("module", {"quiz"}).of_analysable().in_history());

  void analysables(const frame& f, auto add) const {
    const auto r = f.all(courses);
    for (std::size_t i = 0; i < r.size(); ++i) {
      add(analysable{r.integers(0)[i], r.integer(1, i), r.integer(2, i), r.integer(3, i).value_or(0)});
    }
  }

  void samples(const frame& f, auto add) const {
    const auto r = f.all(enrolments);
    std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> students;
    for (std::size_t i = 0; i < r.size(); ++i) students.emplace_back(r.integers(0)[i], r.integers(1)[i], r.integers(2)[i]);
    std::ranges::sort(students);  // each student once, by the lowest enrolment
    const auto rest = std::ranges::unique(students, {}, [](const auto& s) { return std::get<0>(s); });
    students.erase(rest.begin(), rest.end());
    for (const auto quiz : f.all(quizzes).integers(0)) {
      for (const auto& [user, enrolment, course] : students) add({user, course, enrolment, quiz});
    }
  }
};

/// 1: the student's latest grade in the quiz is below its grade to pass, or below half of the maximum where it has none. Learnt from
/// those who took it, predicted for those who have not, as soon as enough of the course have.
struct quiz_fail : binary_target {
  static constexpr std::string_view id = "mod_quiz/quiz_fail";
  static constexpr std::string_view name = "Students who will fail a quiz";
  static constexpr std::string_view description = "Whether a student's grade in a quiz stays below what passes it.";
  static constexpr std::string_view analyser = quiz_takers::id;
  static constexpr entities needs = user | course | activity;
  static constexpr std::array<std::string_view, 2> class_names{"passes", "fails"};
  static constexpr std::array<std::string_view, 3> sample_reasons{"quiz_not_taken_yet", "quiz_already_taken", "too_few_took_the_quiz"};
  static constexpr std::array parameters{
      real_parameter("least_share", "of the students with a grade in the quiz before others are predicted", "0.2", 0, 1)};

  explicit quiz_fail(const arguments& a) : least_share_(a.real("least_share")) {}

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start || *start > f.end()) return reason{"course_not_yet_started", {}};
    if (f.all(quizzes_).empty()) return reason{"no_quizzes", {}};
    if (!f.for_training() && end && *end <= f.end()) return reason{"course_already_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> check(const sample& s) const {
    enum { not_taken_yet, already_taken, too_few };
    const bool taken = !s.rows(own_).empty();
    if (s.for_training()) return taken ? std::nullopt : std::optional<std::size_t>(not_taken_yet);
    if (taken) return already_taken;
    const auto students = s.rows(students_).size();
    return double(takers_of(s)) < least_share_ * double(students) ? std::optional<std::size_t>(too_few) : std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto r = s.rows(grades_);
    if (r.empty()) return std::nullopt;
    const auto last = r.size() - 1;
    const auto grade = r.real(0, last), maximum = r.real(1, last), pass_mark = r.real(2, last);
    if (!grade || (!pass_mark && !maximum)) return std::nullopt;
    return *grade < (pass_mark ? *pass_mark : *maximum / 2) ? 1 : 0;
  }

 private:
  // Students with a grade in the sample's quiz: counted once a call and quiz.
  [[nodiscard]] std::size_t takers_of(const sample& s) const {
    const auto r = s.rows(all_);
    if (s.index() == 0 || counted_ != s.activity_id()) {
      std::vector<std::int64_t> people;
      for (std::size_t i = 0; i < r.size(); ++i) {
        if (!r.missing(1, i) && r.integers(1)[i] == s.activity_id()) people.push_back(r.integers(0)[i]);
      }
      std::ranges::sort(people);
      takers_ = std::size_t(std::ranges::unique(people).begin() - people.begin());
      counted_ = s.activity_id();
    }
    return takers_;
  }

  double least_share_;
  const read_handle quizzes_ =
      reads_analysable(table("activities").columns({"activity_id"}).where("module", {"quiz"}).of_analysable().in_history());
  const read_handle own_ = reads_samples(table("grades").columns({"grade"}).of_sample().in_history());
  const read_handle all_ = reads_samples(table("grades").columns({"user_id", "activity_id"}).of_analysable().in_history());
  const read_handle students_ =
      reads_samples(table("roles").columns({"user_id"}).where("archetype", {"student"}).of_analysable().in_history());
  const read_handle grades_ = reads_labels(table("grades").columns({"grade", "maximum", "pass_mark"}).of_sample().in_history());
  mutable std::optional<std::int64_t> counted_;
  mutable std::size_t takers_ = 0;
};

}  // namespace auspex::mod_quiz
