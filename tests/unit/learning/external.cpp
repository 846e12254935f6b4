// process/external: programs that answer as moodlemlbackend does, and those that do not.
#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "learning/backend.hpp"
#include "plugin/registry.hpp"

using namespace auspex;
using namespace auspex::learning;

namespace {

const plugin::Registry& installed() {
  static const auto registry = [] {
    plugin::Options options;
    options.places = {{AUSPEX_STAGE "/lib/auspex/plugins", "installation"}};
    return plugin::Registry::load(options);
  }();
  return registry;
}

std::unique_ptr<Learner> external(const std::vector<std::string>& command, double seconds = 60) {
  return learner_of(installed().backend("process/external", {{"command", command}, {"time_limit", seconds}}));
}

std::unique_ptr<Learner> python(const std::string& how, double seconds = 60) {
  return external({"python3", AUSPEX_TEST_DATA "/learning/mlbackend.py", how, "{module}"}, seconds);
}

/// Two rows of class 0 around (0, 0), two of class 1 around (4, 0); one value is missing.
Matrix four_rows() {
  Matrix matrix;
  matrix.rows = 4;
  matrix.columns = {"x", "y"};
  matrix.values = {-1, 0, 1, std::nanf(""), 3, 0, 5, 0};
  matrix.labels = {0, 0, 1, 1};
  matrix.class_count = 2;
  return matrix;
}

Matrix two_rows() {
  Matrix matrix;
  matrix.rows = 2;
  matrix.columns = {"x", "y"};
  matrix.values = {1, 0, 4, 0};
  matrix.class_count = 2;
  return matrix;
}

std::string why_not(Learner& learner) {
  try {
    (void)learner.predict(learner.train(four_rows()), two_rows());
  } catch (const Error& error) {
    return error.problems().front().message;
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("an external program is trained, packed and asked", "[learning][process]") {
  const auto one = python("well");
  const auto model = one->train(four_rows());
  // The score of a class is exp(-distance from its mean): (0, 0) and (4, 0).
  const auto predicted = python("well")->predict(model, two_rows());
  const double near = std::exp(-1.0) / (std::exp(-1.0) + std::exp(-3.0)), at = 1 / (1 + std::exp(-4.0));
  REQUIRE(predicted.size() == 4);
  CHECK(predicted[0] == Approx(near));
  CHECK(predicted[1] == Approx(1 - near));
  CHECK(predicted[2] == Approx(1 - at));
  CHECK(predicted[3] == Approx(at));
  CHECK(python("no_score")->predict(model, two_rows()) == std::vector<double>{1, 0, 0, 1});
}

TEST_CASE("an external program gets Moodle's data set file", "[learning][process]") {
  const auto kept = std::filesystem::temp_directory_path() / "auspex-test-dataset.csv";
  const std::string keep = "cp \"$4\" " + kept.string() + "; touch \"$3/model\"; echo '{\"status\": 0}'";
  (void)external({"sh", "-c", keep, "sh", "{module}"})->train(four_rows());
  std::ostringstream text;
  text << std::ifstream(kept).rdbuf();
  CHECK(text.str() ==
        "timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetclasses\n"
        "auspex,2,2023112400,target,discrete,\"[0,1]\"\n"
        "x,y,target\n"
        "-1,0,0\n"
        "1,,0\n"
        "3,0,1\n"
        "5,0,1\n");
  std::filesystem::remove(kept);
}

TEST_CASE("what goes wrong with an external program is said", "[learning][process]") {
  CHECK_THAT(why_not(*external({"/no/such/program"})), Catch::Contains("'/no/such/program' cannot be run: No such file"));
  CHECK_THAT(why_not(*python("exit")), Catch::Contains("training of 'python3' ended with exit code 1: 'no TensorFlow here'"));
  CHECK_THAT(why_not(*python("no_json")), Catch::Contains("gave back no JSON with a status") && Catch::Contains("{\"status\": 0"));
  CHECK_THAT(why_not(*python("no_model")), Catch::Contains("left no file in its folder"));
  CHECK_THAT(why_not(*python("fewer")), Catch::Contains("gave back 1 predictions for 2 rows"));
  CHECK_THAT(why_not(*python("twice")), Catch::Contains("predicted the sample '0-0' twice"));
  CHECK_THAT(why_not(*python("strange")), Catch::Contains("predicted the sample '77-0', which was not asked for"));
  CHECK_THAT(why_not(*python("class")), Catch::Contains("sample 1-0: \"9\" is none of the classes"));
  CHECK_THAT(why_not(*python("score")), Catch::Contains("sample 1-0: its score is no number"));
  auto three = four_rows();
  three.class_count = 3;
  CHECK_THROWS_WITH(python("well")->train(three), Catch::Contains("ended with status 8: no sample of class 2"));
  auto weighted = four_rows();
  weighted.weights = {1, 1, 1, 2};
  CHECK_THROWS_WITH(python("well")->train(weighted), Catch::Contains("cannot weigh rows"));
}

TEST_CASE("an external program that hangs is ended", "[learning][process]") {
  const auto start = std::chrono::steady_clock::now();
  CHECK_THAT(why_not(*python("hang", 0.5)), Catch::Contains("'python3' took longer than 0.5 s and was ended"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}
