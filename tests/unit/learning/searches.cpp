#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <set>

#include "learning/comparison.hpp"
#include "learning/search.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;
using Method = spec::Search::Method;

namespace {

/// Predicts with noise that is least where x = 0.3 and y = 0.7.
class Blurred : public Echo {
 public:
  Blurred(double x, double y) : blur_(std::hypot(x - 0.3, y - 0.7)) {}
  std::vector<double> predict(std::string_view model, const Matrix& matrix) override {
    auto out = Echo::predict(model, matrix);
    for (std::size_t r = 0; r < matrix.rows; ++r) {
      out[r * 2 + 1] = (1 - blur_) * out[r * 2 + 1] + blur_ * 0.5;
      out[r * 2] = 1 - out[r * 2 + 1];
    }
    return out;
  }

 private:
  double blur_;
};

analysis::Dataset persons() {
  std::vector<Entry> entries;
  for (int i = 0; i < 40; ++i) entries.push_back({0, 0, i, double(i % 2), i % 2 == 1 ? .9f : .1f});
  return dataset({{"a", "", 100, 200}}, entries);
}

struct Memory : TrialLog {
  std::optional<Trial> find(const nlohmann::json& parameters) const override {
    const auto found = kept.find(parameters.dump());
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  void add(const Trial& trial) override {
    if (kept.size() == breaks_off_after) throw std::runtime_error("broken off");
    kept.emplace(trial.parameters.dump(), trial);
  }
  std::map<std::string, Trial> kept;
  std::size_t breaks_off_after = 1000;
};

std::vector<Dimension> plane() {
  Dimension x, y;
  x.name = "x";
  x.high = 1;
  y.name = "y";
  y.high = 1;
  return {x, y};
}

struct Run {
  int made = 0;
  Chosen chosen;
};

Run run(Method method, std::size_t trials, TrialLog& log, std::uint64_t seed = 1) {
  Run result;
  const auto make = [&](const nlohmann::json& parameters) -> std::unique_ptr<Learner> {
    ++result.made;
    return std::make_unique<Blurred>(parameters.value("x", 1.0), parameters.value("y", 0.0));
  };
  spec::Search search;
  search.method = method;
  search.trials = trials;
  search.metric = "log_loss";
  FitOptions options;
  options.seed = seed;
  Rows rows(40);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  result.chosen = choose_parameters(persons(), rows, make, plane(), options, search, log);
  return result;
}

double distance(const Chosen& chosen) {
  return std::hypot(chosen.parameters.value("x", 1.0) - 0.3, chosen.parameters.value("y", 0.0) - 0.7);
}

}  // namespace

TEST_CASE("searches find good parameters, the optimiser better ones", "[learning]") {
  Memory grid_log, random_log, optimiser_log;
  const auto grid = run(Method::grid, 25, grid_log);
  // five steps a side: .25 and .75 are nearest
  CHECK(grid.chosen.trials.size() == 26);
  CHECK(grid.chosen.parameters == nlohmann::json{{"x", 0.25}, {"y", 0.75}});
  const auto random = run(Method::random, 30, random_log);
  CHECK(random.chosen.trials.size() == 31);
  CHECK(distance(random.chosen) < 0.3);
  const auto optimiser = run(Method::optimiser, 30, optimiser_log);
  CHECK(optimiser.chosen.trials.size() == 31);
  CHECK(distance(optimiser.chosen) < 0.05);
  // The model's own parameters are the first trial: a search is never worse on its own folds.
  CHECK(random.chosen.trials.front().parameters.empty());
}

TEST_CASE("a search is the same for the same seed, and goes on where it was broken off", "[learning]") {
  for (const auto method : {Method::grid, Method::random, Method::optimiser}) {
    INFO(int(method));
    Memory whole, broken;
    const auto once = run(method, 16, whole);
    broken.breaks_off_after = 7;
    CHECK_THROWS(run(method, 16, broken));
    CHECK(broken.kept.size() == 7);
    broken.breaks_off_after = 1000;
    const auto resumed = run(method, 16, broken);
    CHECK(resumed.made == once.made - 7);
    CHECK(resumed.chosen.json().dump() == once.chosen.json().dump());
    const auto again = run(method, 16, whole);
    CHECK(again.made == 0);
    CHECK(again.chosen.json().dump() == once.chosen.json().dump());
  }
  Memory one, two;
  CHECK(run(Method::random, 5, one, 1).chosen.json() != run(Method::random, 5, two, 2).chosen.json());
}

TEST_CASE("where to look: the backend's ranges, or the model's", "[learning]") {
  ComponentSchema backend;
  backend.id = "toy/backend";
  Parameter l2{.name = "l2"}, depth{.name = "depth", .type = ParameterType::integer}, seed{.name = "other"};
  l2.search = SearchRange{0.1, 1000, true};
  depth.search = SearchRange{2, 6, false};
  backend.parameters = {l2, depth, seed};
  spec::Search search;
  auto space = search_space(backend, search);
  REQUIRE(space.size() == 2);
  CHECK(space[0].at(0).get<double>() == Approx(0.1));
  CHECK(space[0].at(0.5).get<double>() == Approx(10));
  CHECK(space[0].at(1).get<double>() == Approx(1000));
  CHECK(space[1].at(0.5) == nlohmann::json(4));
  CHECK(space[1].at(1).is_number_integer());
  spec::SearchDimension own;
  own.name = "depth";
  own.values = {3, 9};
  search.ranges = {own};
  space = search_space(backend, search);
  REQUIRE(space.size() == 1);
  CHECK(space[0].at(0) == nlohmann::json(3));
  CHECK(space[0].at(1) == nlohmann::json(9));
  // A grid has each value once.
  const auto grid = proposer(Method::grid, space, 20, 1);
  std::set<int> seen;
  while (const auto point = grid->next()) CHECK(seen.insert(space[0].at((*point)[0]).get<int>()).second);
  CHECK(seen == std::set<int>{3, 9});
  backend.parameters = {seed};
  search.ranges.clear();
  CHECK_THROWS_WITH(search_space(backend, search), Catch::Contains("declares no parameter to search"));
}

TEST_CASE("two models on the same split, paired", "[learning]") {
  std::vector<Entry> entries, worse;
  for (int course = 0; course < 2; ++course) {
    for (int i = 0; i < 40; ++i) {
      entries.push_back({std::uint32_t(course), 0, course * 100 + i, double(i % 2), i % 2 == 1 ? .75f : .25f});
      worse.push_back(entries.back());
      if (i < 8) worse.back().probability = 1 - worse.back().probability;
    }
  }
  const std::vector<analysis::AnalysableInfo> courses{{"a", "", 100, 200}, {"b", "", 300, 400}};
  const auto first = dataset(courses, entries);
  auto second = dataset(courses, worse);
  // In another order, and without one row.
  std::reverse(second.rows.begin(), second.rows.end());
  second.rows.pop_back();
  std::vector<float> values;
  for (std::size_t row = 80; row-- > 1;) values.insert(values.end(), {worse[row].probability, 1.0f});
  second.values = values;

  Echo learner;
  EvaluationOptions options;
  options.bootstrap.resamples = 200;
  const LearnerFor same = [&](const Rows&) -> Learner& { return learner; };
  const auto held = hold_out(first, same, options);
  const auto other = hold_out(second, translated(held.split, first, second), learner, options.fit);
  CHECK(other.split.folds[0].train_rows.size() == 39);
  CHECK(other.rows.size() == 40);
  const auto report = compare(first, held, second, other, options);
  CHECK(report["rows"] == 40);
  const auto& all = report["results"][1];
  CHECK(all["population"] == "all");
  // 8 of 40 are wrong: accuracy 1 - .8; Brier .0625 against .0625 * .8 + .5625 * .2
  CHECK(all["difference"]["accuracy"].get<double>() == Approx(0.2));
  CHECK(all["metrics"]["accuracy"].get<double>() == Approx(0.8));
  CHECK(all["difference"]["brier"].get<double>() == Approx(-0.1));
  CHECK(all["intervals"]["accuracy"][0].get<double>() > 0.05);
  CHECK(all["intervals"]["accuracy"][1].get<double>() < 0.4);
  CHECK(report["summary"][1]["mean_difference"]["accuracy"].get<double>() == Approx(0.2));
  // A model against itself differs in nothing.
  const auto itself = compare(first, held, first, held, options);
  CHECK(itself["results"][1]["intervals"]["roc_auc"] == nlohmann::ordered_json({0.0, 0.0}));
  auto relabelled = second;
  relabelled.rows[0].label = 1 - relabelled.rows[0].label;
  CHECK_THROWS_WITH(translated(held.split, first, relabelled), Catch::Contains("differently"));
}
