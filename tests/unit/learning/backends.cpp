#include <catch2/catch.hpp>

#include <cmath>

#include "learning/training.hpp"
#include "plugin/registry.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;

namespace {

plugin::Registry installed() {
  plugin::Options options;
  options.places = {{AUSPEX_STAGE "/lib/auspex/plugins", "installation"}};
  return plugin::Registry::load(options);
}

/// 40 persons in two columns, the second with missing values.
analysis::Dataset two_columns() {
  std::vector<Entry> entries;
  for (int i = 0; i < 40; ++i) entries.push_back({0, 0, i, double(i % 3 == 0), float(i % 7) - 2 * float(i % 3 == 0)});
  auto data = dataset({{"a", "", 100, 200}}, entries);
  for (std::size_t i = 0; i < 40; ++i) data.values[2 * i + 1] = i % 5 == 0 ? std::nanf("") : float(i * i % 11);
  return data;
}

}  // namespace

TEST_CASE("dlib/logistic_regression through the plugin contract", "[learning][dlib]") {
  const auto registry = installed();
  const auto data = two_columns();
  const auto one = learner_of(registry.backend("dlib/logistic_regression"));
  const auto artefact = train(data, *one, {}, {});
  CHECK(artefact.backend == "dlib/logistic_regression");
  CHECK(artefact.backend_version == registry.find("dlib/logistic_regression")->plugin_version);

  FitOptions threads;
  threads.threads = 2;
  const auto other = learner_of(registry.backend("dlib/logistic_regression"));
  CHECK(train(data, *other, threads, {}).fitted.models == artefact.fitted.models);

  const auto predictions = predict(artefact, *other, data);
  REQUIRE(predictions.values.size() == 80);
  double positives = 0;
  for (std::size_t r = 0; r < 40; ++r) positives += predictions.values[2 * r + 1];
  // The intercept is not penalised, so the probabilities add up to the number of positives, 14.
  CHECK(positives == Approx(14).margin(1e-3));

  REQUIRE(one->can_contribute());
  Rows rows{0, 1, 2};
  const auto explained = one->explain(artefact.fitted.models.at(all_ranges), prediction_matrix(data, rows));
  const auto& shares = explained.contributions;
  REQUIRE(shares.size() == 9);
  for (std::size_t r = 0; r < 3; ++r) {
    const double p = predictions.values[2 * r + 1];
    CHECK(shares[3 * r] + shares[3 * r + 1] + shares[3 * r + 2] == Approx(std::log(p / (1 - p))).margin(1e-9));
  }

  auto damaged = artefact;
  damaged.fitted.models[all_ranges].pop_back();
  CHECK_THROWS_WITH(predict(damaged, *other, data),
                    Catch::Contains("dlib/logistic_regression") && Catch::Contains("checksum"));
}

TEST_CASE("dlib/logistic_regression: parameters and abilities are checked", "[learning][dlib]") {
  const auto registry = installed();
  CHECK_THROWS_WITH(registry.backend("dlib/logistic_regression", {{"l2", -1}}), Catch::Contains("l2"));
  CHECK_THROWS_WITH(registry.backend("dlib/logistic_regression", {{"class_weight", "some"}}),
                    Catch::Contains("class_weight"));
  const auto weak = learner_of(registry.backend("dlib/logistic_regression", {{"l2", 0.1}}));
  const auto strong = learner_of(registry.backend("dlib/logistic_regression", {{"l2", 1000}}));
  const auto data = two_columns();
  CHECK(train(data, *weak, {}, {}).fitted.models != train(data, *strong, {}, {}).fitted.models);

  auto linear = two_columns();
  linear.classes.clear();
  CHECK_THROWS_WITH(train(linear, *weak, {}, {}), Catch::Contains("cannot learn linear targets"));
}
