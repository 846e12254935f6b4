#include <catch2/catch.hpp>

#include "base/files.hpp"
#include "store/store.hpp"

using namespace auspex;
namespace fs = std::filesystem;
using Times = std::map<std::string, Time>;

namespace {

struct Workspace {
  TemporaryFolder folder{fs::temp_directory_path()};
  store::Store store{folder.path() / "state.db"};
};

store::Training training(const std::string& artefact, Time as_of, const std::string& version) {
  return {artefact, as_of, version, "core/quarters", "data", "values"};
}

store::Prediction prediction(const std::string& sample, std::int32_t range, double value, Time at,
                             const std::string& artefact) {
  return {"c1", sample, std::to_string(range), range, no_time, 50, value, 0.75, 0.75, at, artefact};
}

}  // namespace

// Moodle's analysis_test::test_fill_firstanalyses_cache.
TEST_CASE("an analysable's first analysis is the earliest of all purposes", "[store]") {
  Workspace w;
  const Time t = 1500000000;
  w.store.record_analysed("m", {"training", t, {"c1"}});
  w.store.record_analysed("m", {"training", t + 1, {"c2"}});
  w.store.record_analysed("m", {"prediction", t + 5, {"c1"}});
  CHECK(w.store.first_analyses("m", t + 10) == Times{{"c1", t}, {"c2", t + 1}});
  w.store.record_analysed("m", {"prediction", t - 1, {"c1"}});
  CHECK(w.store.first_analyses("m", t + 10) == Times{{"c1", t - 1}, {"c2", t + 1}});
  // Nothing is known of what came later, nor of another model.
  CHECK(w.store.first_analyses("m", t) == Times{{"c1", t - 1}});
  CHECK(w.store.first_analyses("other", t + 10).empty());
}

TEST_CASE("the last analysis is that of one purpose", "[store]") {
  Workspace w;
  w.store.record_analysed("m", {"training", 10, {"c1", "c2"}});
  w.store.record_analysed("m", {"training", 20, {"c1"}});
  w.store.record_analysed("m", {"prediction", 30, {"c1"}});
  CHECK(w.store.last_analyses("m", "training", 100) == Times{{"c1", 20}, {"c2", 10}});
  CHECK(w.store.last_analyses("m", "prediction", 100) == Times{{"c1", 30}});
  CHECK(w.store.last_analyses("m", "training", 15) == Times{{"c1", 10}, {"c2", 10}});
}

TEST_CASE("a model is on, off, or was never switched", "[store]") {
  Workspace w;
  CHECK(w.store.enabled("m") == std::nullopt);
  w.store.record_enabled("m", true);
  CHECK(w.store.enabled("m") == true);
  w.store.record_enabled("m", false);
  CHECK(w.store.enabled("m") == false);
  CHECK(w.store.enabled("other") == std::nullopt);
}

TEST_CASE("samples of a version keep the time since when it is trained on them", "[store]") {
  Workspace w;
  w.store.record_training("m", training("a1", 100, "v1"), {{"s1", "c1"}, {"s2", "c1"}}, {"training", 100, {"c1"}});
  w.store.record_training("m", training("a2", 200, "v1"), {{"s2", "c1"}, {"s3", "c2"}}, {"training", 200, {"c1", "c2"}});
  CHECK(w.store.trained_samples("m") == Times{{"s2", 100}, {"s3", 200}});
  CHECK(w.store.artefacts() == std::set<std::string>{"a2"});
  w.store.record_training_time("m", 150);
  CHECK(w.store.training("m")->as_of == 150);
  CHECK(w.store.trained_samples("m") == Times{{"s2", 100}, {"s3", 150}});
  // Another version begins anew.
  w.store.record_training("m", training("a3", 300, "v2"), {{"s2", "c1"}}, {"training", 300, {"c1"}});
  CHECK(w.store.trained_samples("m") == Times{{"s2", 300}});
}

TEST_CASE("predictions belong to a version and are not known before they were made", "[store]") {
  Workspace w;
  const store::Analysed analysed{"prediction", 100, {"c1"}};
  w.store.record_predictions("m", "v1", "a1", {prediction("s1", 0, 1, 100, "a1"), prediction("s2", 0, 0, 100, "a1")},
                             {{"c1", "s3", "0", 0, "enrolment_ended", 100}}, analysed);
  CHECK(w.store.predictions("m", "v1", 99).empty());
  CHECK(w.store.predictions("m", "v2", 100).empty());
  CHECK(w.store.unpredicted("m", "a1", 99).empty());
  REQUIRE(w.store.unpredicted("m", "a1", 100).size() == 1);
  CHECK(w.store.unpredicted("m", "a1", 100)[0].reason == "enrolment_ended");

  // Another artefact of the version adds to its predictions, replaces those of the same sample and range, and looks again at
  // what the one before left unpredicted.
  w.store.record_predictions("m", "v1", "a2", {prediction("s1", 0, 0, 200, "a2"), prediction("s1", 1, 1, 200, "a2")}, {},
                             analysed);
  const auto all = w.store.predictions("m", "v1", 200);
  REQUIRE(all.size() == 3);
  CHECK((all[0].sample == "s1" && all[0].range_index == 0 && all[0].prediction == 0 && all[0].artefact == "a2"));
  CHECK((all[1].sample == "s2" && all[1].artefact == "a1" && all[1].start == no_time && all[1].end == 50));
  CHECK((all[2].sample == "s1" && all[2].range_index == 1));
  CHECK(w.store.unpredicted("m", "a1", 200).empty());
}

// Moodle's model_test::test_clear and test_delete, for what is kept here.
TEST_CASE("clearing keeps the log and the switch, removing keeps nothing", "[store]") {
  Workspace w;
  const auto fill = [&](const std::string& model) {
    w.store.record_enabled(model, true);
    w.store.record_training(model, training("a-" + model, 100, "v1"), {{"s1", "c1"}}, {"training", 100, {"c1"}});
    w.store.record_predictions(model, "v1", "a-" + model, {prediction("s2", 0, 1, 100, "a-" + model)},
                               {{"c1", "s3", "0", 0, "why", 100}}, {"prediction", 100, {"c1"}});
    w.store.record_evaluation(model, {100, "f", "v1", "core/quarters", "{}"});
  };
  fill("m");
  fill("other");
  w.store.clear("m");
  CHECK_FALSE(w.store.training("m"));
  const auto after = w.store.amounts("m");
  CHECK((after.trainings == 0 && after.trained_samples == 0 && after.predictions == 0 && after.evaluations == 1));
  CHECK(w.store.unpredicted("m", "a-m", 100).empty());
  CHECK(w.store.first_analyses("m", 100).empty());
  CHECK(w.store.enabled("m") == true);
  CHECK(w.store.evaluations("m").size() == 1);
  CHECK(w.store.artefacts() == std::set<std::string>{"a-other"});

  w.store.remove("m", store::Removal{"models/m.toml", "abc"});
  CHECK(w.store.models() == std::set<std::string>{"other"});
  REQUIRE(w.store.removals().size() == 1);
  CHECK(w.store.removals()[0].sha256 == "abc");
  w.store.record_removed(w.store.removals()[0]);
  CHECK(w.store.removals().empty());
  const auto of_other = w.store.amounts("other");
  CHECK((of_other.trainings == 1 && of_other.trained_samples == 1));
  CHECK((of_other.predictions == 1 && of_other.evaluations == 1));
}
