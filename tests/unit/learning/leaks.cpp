#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/leak_tests.hpp"
#include "learning/leaks.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

double normal(Random& random) {
  return std::sqrt(-2 * std::log(random.real() + 1e-12)) * std::cos(2 * 3.14159265358979 * random.real());
}

/// Persons of two courses over three ranges. Column 0 is for the leak, 1 for its partner, 2 honest and strong (normal, 1.4
/// deviations apart: ROC-AUC .84), 3 grows from range to range, 4 and 5 are noise with ties and with missing values.
struct Planted {
  analysis::Dataset data;
  std::vector<std::size_t> person;  // of each row

  Planted(std::uint64_t seed, std::size_t persons = 600, double rate = 0.3) {
    data.columns = {"planted", "partner", "strong", "growing", "ties", "gaps"};
    data.classes = {0, 1};
    data.class_names = {"no", "yes"};
    data.range_names = {"r0", "r1", "r2"};
    data.analysables = {{"a", "", 100, 200}, {"b", "", 300, 400}};
    Random random(seed);
    std::vector<double> labels, growth(persons, 0);
    for (std::size_t i = 0; i < persons; ++i) labels.push_back(random.real() < rate ? 1 : 0);
    for (std::uint32_t course = 0; course < 2; ++course) {
      for (std::int32_t range = 0; range < 3; ++range) {
        for (std::size_t i = course * persons / 2; i < (course + 1) * persons / 2; ++i) {
          analysis::Row row;
          row.analysable = course;
          row.range = range;
          row.sample = fmt::format("{}/{}", course, 1000 + (i * 7919) % 9973);
          row.group = std::int64_t(i);
          row.label = labels[i];
          data.rows.push_back(row);
          person.push_back(i);
          growth[i] += random.real();
          data.values.insert(data.values.end(),
                             {float(random.real()), float(random.real()), float(normal(random) + 1.4 * labels[i]), float(growth[i]),
                              float(std::floor(random.real() * 6)), random.real() < 0.3 ? missing : float(random.real())});
        }
      }
    }
  }

  [[nodiscard]] bool yes(std::size_t row) const { return data.rows[row].label == 1; }
  /// The same number for all rows of a person.
  [[nodiscard]] double chance(std::size_t row, std::uint64_t stream) const { return Random(person[row] * 31 + stream * 1009).real(); }
  float& at(std::size_t row, std::size_t column) { return data.values[row * data.columns.size() + column]; }

  Planted& plant(const std::function<float(std::size_t)>& value, std::size_t column = 0) {
    std::vector<float> values;
    for (std::size_t row = 0; row < data.rows.size(); ++row) values.push_back(value(row));
    for (std::size_t row = 0; row < data.rows.size(); ++row) at(row, column) = values[row];
    return *this;
  }

  [[nodiscard]] std::vector<Leak> leaks() const {
    Rows rows(data.rows.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return find_leaks(data, rows);
  }
};

/// The planted column is named, and none but it and its partner is.
void check_named(const Planted& planted, const std::string& test) {
  const auto leaks = planted.leaks();
  REQUIRE_FALSE(leaks.empty());
  INFO(leaks.front().evidence);
  CHECK(test.find(leaks.front().test) != std::string::npos);
  REQUIRE_FALSE(leaks.front().columns.empty());
  for (const auto& leak : leaks) {
    for (const auto& column : leak.columns) CHECK((column == "planted" || column == "partner" || (test == "next_range" && column == "growing")));
    CHECK_FALSE(leak.evidence.empty());
    CHECK_FALSE(leak.advice.empty());
    CHECK(leak.chance <= 0.001);
  }
}

}  // namespace

TEST_CASE("leaks: every kind that is planted is named, and nothing beside it", "[leaks]") {
  const std::uint64_t seed = GENERATE(1, 2, 3);
  Planted p(seed);
  const auto yes = [&](std::size_t row) { return p.yes(row) ? 1.0f : 0.0f; };
  SECTION("copy") { check_named(p.plant(yes), "threshold"); }
  SECTION("negation") { check_named(p.plant([&](auto row) { return -yes(row); }), "threshold"); }
  SECTION("95 % copy") { check_named(p.plant([&](auto row) { return p.chance(row, 1) < 0.05 ? 1 - yes(row) : yes(row); }), "threshold"); }
  SECTION("monotone transform") {
    check_named(p.plant([&](auto row) { return float(std::exp(3 * yes(row) + 0.5 * p.chance(row, 1))); }), "threshold");
  }
  SECTION("pattern of missing values") {
    check_named(p.plant([&](auto row) { return p.yes(row) ? missing : float(p.chance(row, 1)); }), "threshold");
  }
  SECTION("exclusive or") {
    p.plant([&](auto row) { return p.chance(row, 1) < 0.5 ? 1.0f : 0.0f; }, 1);
    check_named(p.plant([&](auto row) { return (p.chance(row, 1) < 0.5) != p.yes(row) ? 1.0f : 0.0f; }), "pair");
  }
  SECTION("exclusive or of missing values") {
    p.plant([&](auto row) { return p.chance(row, 1) < 0.5 ? missing : float(p.chance(row, 2)); }, 1);
    check_named(p.plant([&](auto row) { return (p.chance(row, 1) < 0.5) != p.yes(row) ? missing : float(p.chance(row, 3)); }), "pair");
  }
  SECTION("product") {
    p.plant([&](auto row) { return float(2 * p.chance(row, 1) - 1); }, 1);
    check_named(p.plant([&](auto row) { return ((p.chance(row, 1) < 0.5) == p.yes(row) ? -1.0f : 1.0f) * float(p.chance(row, 2)); }), "pair");
  }
  SECTION("sum of two") {
    p.plant([&](auto row) { return float(10 * p.chance(row, 1)); }, 1);
    check_named(p.plant([&](auto row) { return yes(row) - float(10 * p.chance(row, 1)); }), "pair or pure");  // its ends are pure
  }
  SECTION("the next range's value") {
    check_named(p.plant([&](auto row) { return p.data.rows[row].range < 2 ? p.at(row + 300, 3) : p.at(row, 3); }), "next_range");
  }
  SECTION("a mean that includes the label") {
    check_named(p.plant([&](auto row) { return (float(p.chance(row, 1)) + 2 * yes(row)) / 2; }), "threshold");
  }
  SECTION("a group's mean of labels") {
    std::vector<double> sums(40, 0), counts(40, 0);
    const auto group = [&](auto row) { return std::size_t(p.chance(row, 1) * 40); };
    for (std::size_t row = 0; row < p.data.rows.size(); ++row) {
      sums[group(row)] += yes(row);
      counts[group(row)] += 1;
    }
    check_named(p.plant([&](auto row) { return float(sums[group(row)] / counts[group(row)]); }), "group_shares");
  }
  SECTION("parity of an id") {
    check_named(p.plant([&](auto row) { return float(2 * std::floor(p.chance(row, 1) * 5000) + yes(row)); }), "hidden");
  }
  SECTION("last digit of an id") {
    check_named(p.plant([&](auto row) {
      return float(10 * std::floor(p.chance(row, 1) * 5000) + (p.yes(row) ? 7 : std::floor(p.chance(row, 2) * 7)));
    }), "hidden");
  }
  SECTION("ids in blocks") {
    check_named(p.plant([&](auto row) {
      return float(2 * std::floor(p.chance(row, 1) * 10) + yes(row)) * 1000 + float(p.chance(row, 2) * 900);
    }), "neighbours");
  }
  SECTION("decimals") {
    check_named(p.plant([&](auto row) { return float(std::floor(p.chance(row, 1) * 100) / 100 + 1e-4 * yes(row)); }), "hidden");
  }
  SECTION("codes") {
    check_named(p.plant([&](auto row) { return float((std::size_t(p.chance(row, 1) * 30) * 17 % 31) * 2 + std::size_t(p.yes(row))); }), "neighbours");
  }
  SECTION("right whenever it is set") {
    check_named(p.plant([&](auto row) { return p.yes(row) && p.chance(row, 1) < 0.35 ? 1.0f : 0.0f; }), "pure");
  }
  SECTION("in one range only") {
    p.plant([&](auto row) { return p.data.rows[row].range == 1 ? yes(row) : float(p.chance(row, 1)); });
    check_named(p, "threshold");
    CHECK(p.leaks().front().where == "range r1");
  }
  SECTION("in one course only") {
    p.plant([&](auto row) { return p.data.rows[row].analysable == 1 ? yes(row) : float(p.chance(row, 1) < 0.3); });
    check_named(p, "threshold");
    CHECK(p.leaks().front().where.find("b, range") != std::string::npos);
  }
  SECTION("of some people only") {
    p.plant([&](auto row) { return float(p.chance(row, 2) < 0.3); }, 1);
    check_named(p.plant([&](auto row) { return p.chance(row, 2) < 0.3 ? yes(row) : float(p.chance(row, 1) < 0.3); }), "subgroup");
  }
}

TEST_CASE("leaks: the order of rows and the ids of samples", "[leaks]") {
  const std::uint64_t seed = GENERATE(1, 2, 3);
  SECTION("sorted by the label") {
    Planted p(seed);
    auto& rows = p.data.rows;
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.label < b.label; });
    const auto leaks = p.leaks();
    REQUIRE_FALSE(leaks.empty());
    CHECK(std::any_of(leaks.begin(), leaks.end(), [](const auto& leak) { return leak.test == "row_order"; }));
  }
  SECTION("an id that encodes it") {
    Planted p(seed);
    for (auto& row : p.data.rows) row.sample += row.label == 1 ? "1" : "2";
    const auto leaks = p.leaks();
    REQUIRE(leaks.size() == 1);
    CHECK(leaks.front().test == "sample_id");
    p.data.anonymous = true;  // a file's samples are its lines
    CHECK(p.leaks().empty());
  }
}

TEST_CASE("leaks: honest features and noise of any size are none", "[leaks]") {
  const std::uint64_t seed = GENERATE(range(1, 9));
  const std::size_t persons = GENERATE(20, 60, 200, 1000);
  const double rate = GENERATE(0.1, 0.4);
  const auto leaks = Planted(seed * 977, persons, rate).leaks();
  INFO((leaks.empty() ? std::string() : leaks.front().test + ": " + leaks.front().evidence));
  CHECK(leaks.empty());
}

TEST_CASE("leaks: several classes and numbers", "[leaks]") {
  Planted p(5);
  p.data.classes = {0, 1, 2};
  p.data.class_names = {"fail", "pass", "distinction"};
  for (std::size_t row = 0; row < p.data.rows.size(); ++row) {
    if (!p.yes(row) && p.chance(row, 9) < 0.3) p.data.rows[row].label = 2;
  }
  CHECK(p.leaks().empty());
  p.plant([&](auto row) { return p.data.rows[row].label == 2 ? 1.0f : 0.0f; });
  auto leaks = p.leaks();
  REQUIRE(leaks.size() == 1);
  CHECK(leaks.front().evidence.find("the class distinction") != std::string::npos);

  Planted numbers(6);
  numbers.data.classes.clear();
  numbers.data.class_names.clear();
  for (std::size_t row = 0; row < numbers.data.rows.size(); ++row) numbers.data.rows[row].label = numbers.chance(row, 1);
  CHECK(numbers.leaks().empty());
  numbers.plant([&](auto row) { return float(std::sqrt(numbers.data.rows[row].label)); });
  CHECK(numbers.leaks().front().columns == std::vector<std::string>{"planted"});
}

TEST_CASE("leaks: ranges after the outcome, both sides, copies", "[leaks]") {
  Planted p(1, 100);
  for (std::size_t row = 0; row < p.data.rows.size(); ++row) p.data.rows[row].outcome_known = p.data.rows[row].range == 2 && row % 2 == 0;
  auto leaks = p.leaks();
  REQUIRE(leaks.size() == 1);
  CHECK(leaks.front().test == "after_outcome");
  CHECK(leaks.front().where == "range r2");
  CHECK(leaks.front().rows == 50);

  Planted q(2, 400);
  for (int c = 6; c < 10; ++c) q.data.columns.push_back("x" + std::to_string(c));
  q.data.values.clear();
  Random random(4);
  for (std::size_t i = 0; i < q.data.rows.size() * q.data.columns.size(); ++i) q.data.values.push_back(float(random.real()));
  Fold fold;
  for (std::size_t row = 0; row < q.data.rows.size(); ++row) {
    (q.data.rows[row].analysable == 0 ? fold.train_rows : fold.test_rows).push_back(row);
  }
  CHECK(leaks_of_split(q.data, {fold}).empty());
  const auto width = q.data.columns.size();
  for (std::size_t i = 0; i < 20; ++i) {  // of one range, with a little noise
    for (std::size_t c = 0; c < width; ++c) q.at(fold.test_rows[i], c) = q.at(fold.train_rows[i], c) + 1e-4f * float(random.real());
  }
  leaks = leaks_of_split(q.data, {fold});
  REQUIRE(leaks.size() == 1);
  CHECK(leaks.front().test == "copied_rows");
  CHECK(leaks.front().value == 20);
  fold.train_rows.push_back(fold.test_rows.front());
  leaks = leaks_of_split(q.data, {fold});
  REQUIRE_FALSE(leaks.empty());
  CHECK(leaks.front().test == "both_sides");
  CHECK(leaks.front().value == 3);  // the sample's rows of three ranges
}

TEST_CASE("leaks: what is known in training and cannot be in prediction", "[leaks]") {
  Planted trained(1), ahead(2, 200);
  Rows rows(trained.data.rows.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (auto& row : ahead.data.rows) row.label = none;
  CHECK(leaks_of_prediction(trained.data, rows, ahead.data).empty());
  // As Moodle's any_access_after_end: nobody can have come back after the end of a course that goes on.
  trained.plant([&](auto row) { return trained.chance(row, 1) < 0.1 ? 1.0f : -1.0f; });
  ahead.plant([](auto) { return -1.0f; });
  auto leaks = leaks_of_prediction(trained.data, rows, ahead.data);
  REQUIRE(leaks.size() == 1);
  CHECK(leaks.front().columns == std::vector<std::string>{"planted"});
  CHECK(leaks.front().statistic == "share_of_other_values");
  trained.plant([&](auto row) { return float(trained.chance(row, 1)); });
  ahead.plant([&](auto row) { return float(ahead.chance(row, 1) + 0.7); });
  leaks = leaks_of_prediction(trained.data, rows, ahead.data);
  REQUIRE(leaks.size() == 1);
  CHECK(leaks.front().value == Approx(0.7).margin(0.08));
}

TEST_CASE("leaks: the statistics, by hand", "[leaks]") {
  // Ones at 3, 4, 5 and one at 0; zeros at 0, 1, 2, 2: above 2 are three of four ones and no zero, D = .75.
  const Column column{3, 4, 5, 0, 0, 1, 2, 2};
  const TwoClasses labels{{1, 1, 1, 1, 0, 0, 0, 0}, 4};
  const auto fit = best_threshold(column, labels, ascending(column));
  CHECK(fit.balanced_accuracy == Approx(0.875));
  CHECK(fit.hits == 3);
  CHECK(fit.false_alarms == 0);
  // sqrt(4 * 4 / 8) = 1.41421: lambda = (1.41421 + .12 + .07778) * .75 = 1.20899; log 2 - 2 lambda^2
  CHECK(fit.log_chance == Approx(std::log(2.0) - 2 * 1.20899 * 1.20899).epsilon(1e-4));
  CHECK(log_normal_tail(1.959963985) == Approx(std::log(0.025)).epsilon(1e-6));
  CHECK(log_normal_tail(6) == Approx(std::log(9.8659e-10)).epsilon(2e-3));
}
