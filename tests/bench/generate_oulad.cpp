// Writes OULAD's seven files with as many rows of clicks as wanted: the same bytes for the same seed on any machine.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "generate.hpp"

namespace bench {
namespace fs = std::filesystem;

namespace {

constexpr int modules = 50;
constexpr int students = 20'000;
constexpr double rows_per_enrolment = 320;  // as in OULAD
constexpr int first_day = -10;              // clicks before the presentation starts

struct Term {
  const char* code;
  int begins;  // days since 1 February 2013
};
constexpr std::array<Term, 4> terms{{{"2013B", 0}, {"2013J", 242}, {"2014B", 365}, {"2014J", 607}}};

struct Assessment {
  int id;
  int date;
};

struct Course {
  std::string module, presentation;
  int begins = 0, days = 0, first_site = 0, sites = 0;
  double weight = 0;
  std::vector<Assessment> assessments;
  [[nodiscard]] std::string key() const { return module + "," + presentation; }
};

struct Enrolment {
  int course = 0, student = 0, leaves = 0;
  double ability = 0;
  double rate = 0;  // expected clicks rows a day
};

std::vector<Course> make_courses(Random& random) {
  std::vector<Course> courses;
  int site = 500'000, assessment = 1'000;
  for (int m = 0; m < modules; ++m) {
    for (const auto& term : terms) {
      Course course{fmt::format("M{:02}", m), term.code, term.begins, 234 + random.below(36), site, 40 + random.below(160),
                    std::pow(1.0 + m, -0.8) * (0.7 + 0.6 * random.unit()), {}};
      site += course.sites;
      const int count = 5 + random.below(8);
      for (int i = 0; i < count; ++i) course.assessments.push_back({assessment++, 18 + i * (course.days - 30) / count});
      courses.push_back(std::move(course));
    }
  }
  return courses;
}

// The students' share of courses and their zeal are both skewed: a few courses and students make most of the rows.
std::vector<Enrolment> make_enrolments(const std::vector<Course>& courses, std::int64_t rows, Random& random) {
  double all = 0;
  for (const auto& course : courses) all += course.weight;
  const double wanted = std::max(1.0, double(rows) / rows_per_enrolment);
  std::vector<Enrolment> enrolments;
  double expected = 0;
  for (std::size_t c = 0; c < courses.size(); ++c) {
    const auto count = std::clamp(int(wanted * courses[c].weight / all), 8, students);
    // Steps of a fixed stride visit different students.
    const int start = random.below(students);
    for (int i = 0; i < count; ++i) {
      Enrolment e{int(c), 10'000 + int((start + std::int64_t(i) * 7'919) % students), courses[c].days, random.normal(), 0};
      if (random.unit() < 0.25 - 0.08 * e.ability) e.leaves = random.below(courses[c].days);
      e.rate = std::exp(0.35 * e.ability + 0.7 * random.normal());
      expected += e.rate * (e.leaves - first_day);
      enrolments.push_back(e);
    }
  }
  for (auto& e : enrolments) e.rate *= double(rows) / expected;
  return enrolments;
}

void write_students(const fs::path& folder, const std::vector<Course>& courses, const std::vector<Enrolment>& enrolments,
                    Random& random) {
  auto infos = open(folder / "studentInfo.csv",
                    "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
                    "num_of_prev_attempts,studied_credits,disability,final_result");
  auto registrations = open(folder / "studentRegistration.csv",
                            "code_module,code_presentation,id_student,date_registration,date_unregistration");
  auto marks = open(folder / "studentAssessment.csv", "id_assessment,id_student,date_submitted,is_banked,score");
  for (const auto& e : enrolments) {
    const auto& course = courses[std::size_t(e.course)];
    const bool left = e.leaves < course.days;
    const double score = e.ability + 0.8 * random.normal();
    const char* result = left ? "Withdrawn" : score < -0.6 ? "Fail" : score > 1.3 ? "Distinction" : "Pass";
    infos << fmt::format("{},{},{},Region {},A Level or Equivalent,{}0-{}0%,0-35,{},{},{},{}\n", course.key(), e.student,
                         e.student % 2 == 0 ? "F" : "M", e.student % 13, e.student % 9, e.student % 9 + 1,
                         random.below(8) == 0 ? 1 : 0, 30 * (1 + random.below(4)), e.student % 11 == 0 ? "Y" : "N", result);
    registrations << fmt::format("{},{},{},{}\n", course.key(), e.student, -10 - random.below(120),
                                 left ? std::to_string(e.leaves) : std::string());
    for (const auto& assessment : course.assessments) {
      const int day = assessment.date - random.below(6) + (random.below(10) == 0 ? 4 : 0);
      if (day > e.leaves || random.unit() > 0.85 + 0.1 * e.ability) continue;
      const int mark = std::clamp(int(65 + 12 * e.ability + 10 * random.normal()), 0, 100);
      marks << fmt::format("{},{},{},0,{}\n", assessment.id, e.student, day, mark);
    }
  }
}

// In the order of time over all courses, as a log grows.
std::int64_t write_clicks(const fs::path& folder, const std::vector<Course>& courses,
                          const std::vector<Enrolment>& enrolments, Random& random) {
  auto out = open(folder / "studentVle.csv", "code_module,code_presentation,id_student,id_site,date,sum_click");
  constexpr double active_share = 0.3;  // of the days
  const int last = terms.back().begins + 270;
  std::int64_t rows = 0;
  fmt::memory_buffer text;
  for (int today = terms.front().begins + first_day; today < last; ++today) {
    for (const auto& e : enrolments) {
      const auto& course = courses[std::size_t(e.course)];
      const int day = today - course.begins;
      if (day < first_day || day >= e.leaves || random.unit() >= active_share) continue;
      const double wanted = e.rate / active_share;
      const int count = std::min(int(wanted) + int(random.unit() < wanted - std::floor(wanted)), course.sites);
      // A few sites get most of the visits; a step between them keeps a day's sites different.
      const auto popular = random.unit();
      int site = int(popular * popular * popular * course.sites);
      for (int i = 0; i < count; ++i, site = (site + 1 + i % 3) % course.sites) {
        fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{}\n", course.module, course.presentation, e.student,
                       course.first_site + site, day, 1 + random.below(1 + random.below(12)));
        ++rows;
      }
    }
    out.write(text.data(), std::streamsize(text.size()));
    text.clear();
  }
  out.flush();
  if (!out) throw std::runtime_error("cannot write " + (folder / "studentVle.csv").string());
  return rows;
}

}  // namespace

void generate_oulad(const fs::path& folder, std::int64_t rows, std::uint64_t seed) {
  fs::create_directories(folder);
  Random random(seed);
  const auto made = make_courses(random);
  auto courses = open(folder / "courses.csv", "code_module,code_presentation,module_presentation_length");
  auto sites = open(folder / "vle.csv", "id_site,code_module,code_presentation,activity_type,week_from,week_to");
  auto assessments = open(folder / "assessments.csv", "code_module,code_presentation,id_assessment,assessment_type,date,weight");
  constexpr std::array<const char*, 6> kinds{"resource", "oucontent", "forumng", "quiz", "url", "subpage"};
  for (const auto& course : made) {
    courses << fmt::format("{},{}\n", course.key(), course.days);
    for (int i = 0; i < course.sites; ++i) {
      sites << fmt::format("{},{},{},,\n", course.first_site + i, course.key(), kinds[std::size_t(i) % kinds.size()]);
    }
    for (const auto& a : course.assessments) {
      assessments << fmt::format("{},{},TMA,{},{}\n", course.key(), a.id, a.date, 100.0 / double(course.assessments.size()));
    }
  }
  const auto enrolments = make_enrolments(made, rows, random);
  write_students(folder, made, enrolments, random);
  const auto written = write_clicks(folder, made, enrolments, random);
  std::cout << fmt::format("{} rows of clicks, {} courses, {} enrolments in {}\n", written, made.size(), enrolments.size(),
                           folder.string());
}

}  // namespace bench
