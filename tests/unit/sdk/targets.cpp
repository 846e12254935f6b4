// Targets of three and of infinitely many classes, as a plugin's author would write them.
#include <auspex/sdk.hpp>
#include <auspex/testing.hpp>

#include <catch2/catch.hpp>

#include <cmath>

namespace testing = auspex::testing;

namespace {

using auspex::read_handle;
using auspex::sample;

/// How a course ends for a student.
struct ending : auspex::multiclass_target {
  static constexpr std::string_view id = "acme/ending";
  static constexpr std::string_view name = "Ending";
  static constexpr std::string_view description = "How a course ends for a student.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr std::array<double, 3> classes{0, 1, 2};
  static constexpr std::array<std::string_view, 3> class_names{"passed", "failed", "withdrawn"};
  static constexpr std::array<double, 1> ignored_classes{0};

  const read_handle outcomes = reads_labels(auspex::table("outcomes").columns({"result"}).of_sample().in_history());

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto r = s.rows(outcomes);
    if (r.empty()) return std::nullopt;
    const auto result = r.text(0, r.size() - 1);
    const auto found = std::ranges::find(class_names, result);
    if (found == class_names.end()) throw std::invalid_argument("the result '" + std::string(result) + "' is none of three");
    return classes[std::size_t(found - class_names.begin())];
  }
};

/// The last grade of a student in a course; below 40 nothing is said.
struct final_grade : auspex::linear_target {
  static constexpr std::string_view id = "acme/final_grade";
  static constexpr std::string_view name = "Final grade";
  static constexpr std::string_view description = "The last grade, out of 100.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr double minimum = 0, maximum = 100, boundary = 40;

  const read_handle grades = reads_labels(auspex::table("grades").columns({"grade"}).of_sample().in_history());

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto r = s.rows(grades);
    return r.empty() ? std::nullopt : r.real(0, r.size() - 1);
  }
};

/// Decides without learning: 1 where nothing was read in the range.
struct nothing_read : auspex::binary_target {
  static constexpr std::string_view id = "acme/nothing_read";
  static constexpr std::string_view name = "Nothing read";
  static constexpr std::string_view description = "Nothing was read.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr std::array<std::string_view, 2> class_names{"something read", "nothing read"};
  static constexpr bool is_static = true;
  static constexpr std::array<std::string_view, 1> decides_from{"core/read_actions"};

  [[nodiscard]] std::optional<double> label(const sample& s) const { return s.indicator(decides_from[0]) == -1 ? 1 : 0; }
};

template <class C>
auspex_target_info described(std::uint32_t size = sizeof(auspex_target_info)) {
  auspex_target_info info{};
  info.struct_size = size;
  info.boundary = 777;
  REQUIRE(auspex::detail::functions_of_target<C>::table.describe(nullptr, &info, nullptr) == AUSPEX_OK);
  return info;
}

const testing::situation when{.start = 100, .end = 800, .as_of = 900, .purpose = AUSPEX_FOR_TRAINING,
                           .samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}}};

}  // namespace

TEST_CASE("a target with three classes", "[sdk]") {
  const auto info = described<ending>();
  CHECK(info.type == AUSPEX_TARGET_MULTICLASS);
  REQUIRE(info.class_count == 3);
  CHECK(info.classes[2] == 2);
  CHECK(auspex::view(info.class_names[2]) == "withdrawn");
  REQUIRE(info.ignored_class_count == 1);
  CHECK(info.ignored_classes[0] == 0);
  CHECK(info.score_limit == 0.6);
  CHECK(std::isnan(info.boundary));

  testing::campus campus;
  campus.add("outcomes", {{"user_id", 1}, {"course_id", 1}, {"enrolment_id", 11}, {"result", "withdrawn"}});
  campus.add("outcomes", {{"user_id", 2}, {"course_id", 1}, {"enrolment_id", 12}, {"result", "passed"}});
  testing::component<ending> target;
  const auto labels = target.label(campus, when);
  CHECK(labels[0] == 2);
  CHECK(labels[1] == 0);
  CHECK(std::isnan(labels[2]));
  campus.add("outcomes", {{"user_id", 3}, {"course_id", 1}, {"enrolment_id", 13}, {"result", "lost"}});
  CHECK_THROWS_WITH(target.label(campus, when), "the result 'lost' is none of three");
}

TEST_CASE("a target that is a number", "[sdk]") {
  const auto info = described<final_grade>();
  CHECK(info.type == AUSPEX_TARGET_LINEAR);
  CHECK(info.class_count == 0);
  CHECK(info.ignored_class_count == 0);
  CHECK(info.minimum == 0);
  CHECK(info.maximum == 100);
  CHECK(info.boundary == 40);

  testing::campus campus;
  campus.add("grades", {{"user_id", 1}, {"course_id", 1}, {"grade", 61.5}, {"graded_at", 700}});
  campus.add("grades", {{"user_id", 1}, {"course_id", 1}, {"grade", 30.0}, {"graded_at", 300}});
  campus.add("grades", {{"user_id", 2}, {"course_id", 1}, {"grade", 20.0}, {"graded_at", 901}});
  const auto labels = testing::component<final_grade>().label(campus, when);
  CHECK(labels[0] == 61.5);
  CHECK(std::isnan(labels[1]));  // not known yet
  CHECK(std::isnan(labels[2]));
}

TEST_CASE("a host of before there were boundaries is not written beyond its struct", "[sdk]") {
  CHECK(described<final_grade>(offsetof(auspex_target_info, boundary)).boundary == 777);
}

TEST_CASE("a static target decides from the indicators that it names", "[sdk]") {
  const auto info = described<nothing_read>();
  CHECK(info.is_static == 1);
  REQUIRE(info.decides_from_count == 1);
  CHECK(auspex::view(info.decides_from[0]) == "core/read_actions");

  auto range = when;
  range.range_start = 100;
  range.range_end = 200;
  range.indicators = {{"core/read_actions", {-1, 0.33, auspex::none}}};
  testing::component<nothing_read> target;
  CHECK(target.label({}, range) == std::vector<double>{1, 0, 0});
  range.indicators.clear();
  CHECK_THROWS_WITH(target.label({}, range), "the model has no indicator 'core/read_actions' to decide from");
}
