#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "plugin/listing.hpp"
#include "unit/plugin/places.hpp"

using namespace auspex;
using namespace auspex::plugin;
using Json = nlohmann::json;
using plugin_tests::load;

namespace {

const std::vector<double> values{1, 2, 3, 4};
const Points points{2, {"x", "y"}, values, 7, 1};

template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::plugin);
    return error.problems().front().message;
  }
  return "no error";
}

Registry shipped(const std::string& plugin) {
  Options options;
  options.places.push_back({std::filesystem::path(AUSPEX_STAGE) / "lib/auspex/plugins", "installation"});
  auto registry = Registry::load(options);
  REQUIRE(registry.find(plugin) != nullptr);
  return registry;
}

}  // namespace

TEST_CASE("what clusterers and outlier detectors give is checked", "[plugin][grouping]") {
  const auto registry = load({"grouping", "faulty"});
  const auto cluster = [&](const char* fault) {
    return message_of([&] { (void)registry.clusterer("grouping/one", Json{{"fault", fault}}).cluster(points, 2); });
  };
  const auto detect = [&](const char* fault) {
    return message_of([&] { (void)registry.outlier_detector("grouping/nobody", Json{{"fault", fault}}).detect(points); });
  };
  const std::string one = "grouping/one of plugin grouping 1.0.0 ", nobody = "grouping/nobody of plugin grouping 1.0.0 ";

  const auto found = registry.clusterer("grouping/one").cluster(points, 2);
  CHECK(found.assignments == std::vector<std::int32_t>{0, 0});
  CHECK(found.centroids == std::vector<std::vector<double>>{{2, 3}});
  CHECK(found.inertia == 30);
  CHECK_FALSE(found.standardised);
  CHECK(cluster("fails") == one + "failed: too many rows");
  CHECK(cluster("too_many") == one + "breaks the contract: cluster: it found 3 clusters where 2 were asked for");
  CHECK(cluster("none") == one + "breaks the contract: cluster: it found 0 clusters where 2 were asked for");
  CHECK(cluster("elsewhere") == one + "breaks the contract: cluster: row 1 is in cluster 1 of 1");
  CHECK(cluster("nan") == one + "breaks the contract: cluster: centroid 0 has a nan");
  CHECK(cluster("negative") == one + "breaks the contract: cluster: the inertia is -1");

  const auto outliers = registry.outlier_detector("grouping/nobody").detect(points);
  CHECK(outliers.scores == std::vector<double>{1, 1});
  CHECK(outliers.flags == std::vector<char>{0, 0});
  CHECK(std::isnan(outliers.threshold));
  CHECK(detect("fails") == nobody + "failed: too few rows");
  CHECK(detect("nan") == nobody + "breaks the contract: detect: row 1 has the score nan and the flag 0");
  CHECK(detect("flag") == nobody + "breaks the contract: detect: row 0 has the score 1 and the flag 2");

  // Components of the kinds that were there before are as they were.
  CHECK(registry.indicator("faulty/indicator").info().type == AUSPEX_INDICATOR_BINARY);
  const auto listed = info_json(registry, "grouping");
  CHECK(listed["components"][0]["kind"] == "clusterer");
  CHECK(listed["components"][1]["kind"] == "outlier_detector");
  CHECK(listed["components"][0]["reads"] == Json::array());
  CHECK_THROWS_AS(registry.clusterer("grouping/nobody"), Error);
}

TEST_CASE("k-means finds groups that lie apart, in their own units", "[grouping]") {
  const auto registry = shipped("dlib/kmeans");
  // Two groups of three and one of two; the second column is constant.
  const std::vector<double> far{0, 5, 1, 5, 2, 5, 100, 5, 101, 5, 102, 5, 1000, 5, 1002, 5};
  const Points eight{8, {"x", "constant"}, far, 3, 1};
  const auto found = registry.clusterer("dlib/kmeans", Json{{"standardise", false}}).cluster(eight, 3);
  CHECK(found.assignments == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1, 2, 2});
  CHECK(found.centroids == std::vector<std::vector<double>>{{1, 5}, {101, 5}, {1001, 5}});
  CHECK(found.inertia == Approx(6));  // 1 + 1 twice, and 1 + 1
  CHECK(registry.clusterer("dlib/kmeans").cluster(eight, 3).centroids[1][0] == Approx(101));
  CHECK(registry.clusterer("dlib/kmeans").cluster(eight, 1).inertia == Approx(8));  // rows times the varying columns
  // No more groups than different rows.
  const std::vector<double> same{4, 4, 4};
  CHECK(registry.clusterer("dlib/kmeans").cluster({3, {"x"}, same, 1, 1}, 3).centroids ==
        std::vector<std::vector<double>>{{4}});
}

TEST_CASE("the local outlier factor of points on a line", "[grouping]") {
  const auto registry = shipped("nanoflann/local_outlier_factor");
  const auto lof = [&](const std::vector<double>& x, int neighbours) {
    return registry
        .outlier_detector("nanoflann/local_outlier_factor", Json{{"neighbours", neighbours}, {"standardise", false}})
        .detect({x.size(), {"x"}, x, 1, 2});
  };
  // scikit-learn's own example: LocalOutlierFactor(n_neighbors=2) on [-1.1, 0.2, 101.1, 0.3].
  const auto found = lof({-1.1, 0.2, 101.1, 0.3}, 2);
  CHECK(found.flags == std::vector<char>{0, 0, 1, 0});
  CHECK(found.scores[0] == Approx(0.9821428571));
  CHECK(found.scores[1] == Approx(1.0370370370));
  CHECK(found.scores[2] == Approx(73.3697089894));
  CHECK(found.scores[3] == Approx(0.9821428571));
  CHECK(found.threshold == 1.5);
  // Duplicates: a density against which nothing else counts, and no division by zero.
  const auto twins = lof({1, 1, 1, 1, 9}, 2);
  CHECK(twins.flags == std::vector<char>{0, 0, 0, 0, 1});
  CHECK(lof({7}, 20).flags == std::vector<char>{0});
}
