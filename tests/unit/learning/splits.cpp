#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "learning/split.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;

namespace {

/// Both classes, `persons` of them from `first` on, one row each.
void add(std::vector<Entry>& entries, std::uint32_t analysable, int persons, std::int64_t first) {
  for (int i = 0; i < persons; ++i) entries.push_back({analysable, 0, first + i, double(i % 2), 0.5f});
}

}  // namespace

TEST_CASE("split by time: one presentation and the next", "[learning]") {
  std::vector<Entry> entries;
  add(entries, 0, 10, 0);
  add(entries, 1, 10, 100);
  entries.push_back({1, 0, 200, none, 0.5f});  // not labelled: on neither side
  const auto data = dataset({{"2013J", "", 100, 200}, {"2014J", "", 300, 400}}, entries);
  const auto split = evaluation_split(data, {});
  CHECK(split.kind == "out_of_time");
  CHECK(split.train == std::vector<std::string>{"2013J"});
  CHECK(split.test == std::vector<std::string>{"2014J"});
  CHECK(split.left_out.empty());
  REQUIRE(split.folds.size() == 1);
  CHECK(split.folds[0].train_rows == Rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(split.folds[0].test_rows == Rows{10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
}

TEST_CASE("split by time: takes starts from the newest until the share is reached", "[learning]") {
  std::vector<Entry> entries;
  add(entries, 0, 30, 0);    // 100-190
  add(entries, 1, 12, 100);  // 195-250: ends after the test begins
  add(entries, 2, 4, 200);   // 200-300
  add(entries, 3, 4, 300);   // 200-310: the same start
  add(entries, 4, 2, 400);   // 290-390
  add(entries, 5, 2, 500);   // from 150, without an end
  add(entries, 6, 2, 600);   // without a start
  add(entries, 7, 2, 700);   // 120-200: ends as the test begins
  const auto data = dataset({{"a", "", 100, 190}, {"b", "", 195, 250}, {"c", "", 200, 300}, {"d", "", 200, 310},
                             {"e", "", 290, 390}, {"f", "", 150, no_time}, {"g", "", no_time, 180}, {"h", "", 120, 200}},
                            entries);
  // 58 rows: e alone has 2; with both that start at 200, 10; 12 of them would be 20 %, so 195 is taken too.
  auto split = out_of_time_split(data, {0.2, 5, 1, spec::Population::all});
  REQUIRE(split);
  CHECK(split->test == std::vector<std::string>{"b", "c", "d", "e"});
  // 8 % are 4.64 rows: the two that start at 200 are needed, and taken together.
  split = out_of_time_split(data, {0.08, 5, 1, spec::Population::all});
  REQUIRE(split);
  CHECK(split->test == std::vector<std::string>{"c", "d", "e"});
  CHECK(split->train == std::vector<std::string>{"a", "h"});
  std::vector<std::string> left_out;
  for (const auto& [analysable, reason] : split->left_out) left_out.push_back(analysable + " " + reason);
  CHECK(left_out == std::vector<std::string>{"g no_start", "f no_end", "b overlaps_test"});
  CHECK(split->folds[0].train_rows.size() == 32);
  CHECK(split->folds[0].test_rows.size() == 10);
}

TEST_CASE("no split by time where a side cannot be used", "[learning]") {
  std::vector<Entry> entries;
  add(entries, 0, 10, 0);
  add(entries, 1, 10, 100);
  SECTION("nothing ended before the test") {
    const auto data = dataset({{"a", "", 100, 301}, {"b", "", 300, 400}}, entries);
    CHECK_FALSE(out_of_time_split(data, {}));
    const auto split = evaluation_split(data, {});
    CHECK(split.kind == "grouped_folds");
    CHECK_FALSE(split.note.empty());
    CHECK(split.train == std::vector<std::string>{"a", "b"});
    CHECK(split.folds.size() == 5);
  }
  SECTION("one class in training") {
    for (int i = 0; i < 10; ++i) entries[std::size_t(i)].label = 0;
    CHECK_FALSE(out_of_time_split(dataset({{"a", "", 100, 200}, {"b", "", 300, 400}}, entries), {}));
  }
  SECTION("one class in the population that is trained on") {
    for (int i = 0; i < 10; ++i) entries[std::size_t(i)].enrolled = entries[std::size_t(i)].label == 0;
    const auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}}, entries);
    CHECK(out_of_time_split(data, {0.2, 5, 1, spec::Population::all}));
    CHECK_FALSE(out_of_time_split(data, {0.2, 5, 1, spec::Population::enrolled}));
  }
}

TEST_CASE("grouped folds keep persons together, spread classes, and follow the seed", "[learning]") {
  std::vector<Entry> entries;
  for (int person = 0; person < 20; ++person) {
    for (int range = 0; range < 3; ++range) entries.push_back({0, range, person, person < 5 ? 1.0 : 0.0, 0.5f});
  }
  const auto data = dataset({{"a", "", 100, 200}}, entries);
  Rows rows(60);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const auto folds = grouped_folds(data, rows, 5, 1);
  REQUIRE(folds.size() == 5);
  std::set<std::size_t> tested;
  for (const auto& fold : folds) {
    CHECK(fold.test_rows.size() == 12);
    CHECK(fold.train_rows.size() == 48);
    std::set<std::int64_t> trained;
    for (const auto row : fold.train_rows) trained.insert(data.rows[row].group);
    int positives = 0;
    for (const auto row : fold.test_rows) {
      CHECK_FALSE(trained.contains(data.rows[row].group));
      CHECK(tested.insert(row).second);
      positives += data.rows[row].label == 1 ? 1 : 0;
    }
    CHECK(positives == 3);  // one person of five, three rows
  }
  CHECK(tested.size() == 60);
  CHECK(grouped_folds(data, rows, 5, 1)[0].test_rows == folds[0].test_rows);
  CHECK(grouped_folds(data, rows, 5, 2)[0].test_rows != folds[0].test_rows);
  CHECK(grouped_folds(data, {0, 1, 2, 3, 4, 5}, 5, 1).size() == 2);  // two persons
  CHECK_THROWS_WITH(grouped_folds(data, {0, 1, 2}, 5, 1), Catch::Contains("at least two persons"));
}

TEST_CASE("nothing labelled is said so", "[learning]") {
  const auto data = dataset({{"a", "", 100, 200}}, {{0, 0, 1, none, 0.5f}});
  CHECK_THROWS_WITH(evaluation_split(data, {}), Catch::Contains("no sample has a label"));
}

namespace {

using Rule = spec::Evaluation::Split;
using Purge = spec::Evaluation::Purge;

/// Three courses; a and b overlap, c comes later. Ranges: to a quarter and to the half of the course. Person 0 is in all.
analysis::Dataset three_courses() {
  std::vector<Entry> entries;
  const std::vector<analysis::AnalysableInfo> courses{{"a", "", 0, 100}, {"b", "", 40, 140}, {"c", "", 200, 300}};
  for (std::uint32_t course = 0; course < 3; ++course) {
    for (int range = 0; range < 2; ++range) {
      for (int i = 0; i < 4; ++i) {
        entries.push_back({course, range, i == 0 ? 0 : course * 10 + i, double(i % 2), 0.5f});
      }
    }
  }
  auto data = dataset(courses, entries);
  for (auto& row : data.rows) {
    row.start = courses[row.analysable].start;
    row.end = row.start + (row.range == 0 ? 25 : 50);
  }
  return data;
}

SplitOptions options_of(Rule kind, Purge purge = Purge::automatic, spec::Evaluation::Group group = spec::Evaluation::Group::user) {
  SplitOptions options;
  options.kind = kind;
  options.purge = purge;
  options.group = group;
  return options;
}

/// course, range and person of a training row that a test row's label forbids, of the same person or of anybody.
bool overlaps(const analysis::Dataset& data, const Fold& fold, bool same_person) {
  for (const auto test : fold.test_rows) {
    for (const auto train : fold.train_rows) {
      const auto &t = data.rows[test], &r = data.rows[train];
      if (same_person && t.group != r.group) continue;
      if (r.start < data.analysables[t.analysable].end && r.end > t.end) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("leaving one course out keeps back what overlaps the time of its labels", "[learning]") {
  const auto data = three_courses();
  const auto split = evaluation_split(data, options_of(Rule::leave_one_course_out));
  CHECK(split.kind == "leave_one_course_out");
  CHECK(split.purge == Purge::all);
  REQUIRE(split.folds.size() == 3);
  for (std::size_t f = 0; f < 3; ++f) {
    for (const auto row : split.folds[f].test_rows) CHECK(data.rows[row].analysable == f);
    CHECK_FALSE(overlaps(data, split.folds[f], false));
  }
  // a's labels come about in (25, 100]: both ranges of b, (40, 65] and (40, 90], overlap it; c stays.
  CHECK(split.folds[0].train_rows.size() == 8);
  // b's in (65, 140]: a's ranges end at 25 and 50: all stay.
  CHECK(split.folds[1].train_rows.size() == 16);
  CHECK(split.folds[2].train_rows.size() == 16);
  CHECK(split.purged == 8);
  // Of the same person alone: person 0 in b.
  const auto mild = evaluation_split(data, options_of(Rule::leave_one_course_out, Purge::user));
  CHECK(mild.purged == 2);
  CHECK_FALSE(overlaps(data, mild.folds[0], true));
  CHECK(overlaps(data, mild.folds[0], false));
  CHECK(evaluation_split(data, options_of(Rule::leave_one_course_out, Purge::none)).purged == 0);
}

TEST_CASE("folds of courses never part a course", "[learning]") {
  const auto data = three_courses();
  auto options = options_of(Rule::grouped_folds, Purge::none, spec::Evaluation::Group::course);
  options.folds = 2;
  const auto split = evaluation_split(data, options);
  CHECK(split.kind == "grouped_folds");
  REQUIRE(split.folds.size() == 2);
  std::size_t tested = 0;
  for (const auto& fold : split.folds) {
    std::set<std::uint32_t> trained;
    for (const auto row : fold.train_rows) trained.insert(data.rows[row].analysable);
    for (const auto row : fold.test_rows) CHECK_FALSE(trained.contains(data.rows[row].analysable));
    tested += fold.test_rows.size();
  }
  CHECK(tested == 24);
  options.purge = Purge::automatic;
  const auto purged = evaluation_split(data, options);
  CHECK(purged.purge == Purge::all);
  for (const auto& fold : purged.folds) CHECK_FALSE(overlaps(data, fold, false));
}

TEST_CASE("rows by chance only on request, and with a warning", "[learning]") {
  const auto data = three_courses();
  const auto split = evaluation_split(data, options_of(Rule::random_rows));
  CHECK(split.kind == "random_rows");
  CHECK(split.note.starts_with("warning: as the model asks"));
  CHECK(split.purged == 0);
  std::size_t tested = 0;
  for (const auto& fold : split.folds) tested += fold.test_rows.size();
  CHECK(tested == 24);
  CHECK(evaluation_split(data, {}).kind != "random_rows");
}

TEST_CASE("a split that cannot be is said so", "[learning]") {
  auto data = three_courses();
  for (auto& course : data.analysables) course.start = 0, course.end = 300;
  for (auto& row : data.rows) row.start = 0, row.end = row.range == 0 ? 25 : 50;
  CHECK_THROWS_WITH(evaluation_split(data, options_of(Rule::out_of_time)), Catch::Contains("there is no split by time"));
  // The labels of the first range come about in (25, 300]: the ranges that end at 25 stay, those that end at 50 do not.
  CHECK(evaluation_split(data, options_of(Rule::leave_one_course_out)).purged == 3 * 8);
  for (auto& row : data.rows) row.start = row.end = no_time;  // nobody knows: all of the course
  CHECK_THROWS_WITH(evaluation_split(data, options_of(Rule::leave_one_course_out)), Catch::Contains("leaves nothing to learn from"));
  auto anonymous = three_courses();
  anonymous.anonymous = true;
  CHECK_THROWS_WITH(evaluation_split(anonymous, options_of(Rule::leave_one_course_out)), Catch::Contains("there can be no split"));
  CHECK(evaluation_split(anonymous, {}).kind == "random_rows");
}
