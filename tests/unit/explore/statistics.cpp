#include <catch2/catch.hpp>

#include <cmath>

#include "explore/labels.hpp"
#include "explore/statistics.hpp"

using namespace auspex::explore;

TEST_CASE("a summary of values by hand", "[explore]") {
  const double missing = NAN;
  const auto s = summary(std::vector<double>{4, missing, 1, 2, 3, 100});
  CHECK(s.present == 5);
  CHECK(s.distinct == 5);
  CHECK(s.mean == 22);
  CHECK(s.deviation == Approx(std::sqrt((18. * 18 + 21 * 21 + 20 * 20 + 19 * 19 + 78 * 78) / 4)));
  CHECK(s.first_quartile == 2);
  CHECK(s.median == 3);
  CHECK(s.third_quartile == 4);
  CHECK(s.low_fence == -1);
  CHECK(s.high_fence == 7);
  CHECK(s.outliers() == 1);
  CHECK(s.high_whisker == 4);
  CHECK(s.p95 == Approx(80.8));  // 4 + 0.8 * 96
  CHECK(s.above_p95 == 1);
  // n sqrt(n - 1) / (n - 2) * m3 / m2^1.5 with m2 = 7610 and m3 = 444600.
  CHECK(s.skew == Approx(5 * 2 / 3. * 444600 / std::pow(7610, 1.5)));

  const auto none = summary(std::vector<double>{missing});
  CHECK(none.present == 0);
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.median));
  CHECK(none.outliers() == 0);
  const auto one = summary(std::vector<double>{7});
  CHECK(one.median == 7);
  CHECK(std::isnan(one.deviation));
  CHECK(one.outliers() == 0);
  CHECK(summary(std::vector<double>{3, 3, 3}).skew == 0);
}

TEST_CASE("every value of a histogram is counted once", "[explore]") {
  const std::vector<double> values{0, 1, 1, 2, 5, NAN};
  const auto s = summary(values);
  const auto edges = histogram_edges(s, values, false);
  CHECK(edges.size() == 7);  // whole numbers from 0 to 5, a bin each
  CHECK(histogram_counts(edges, values) == std::vector<std::int64_t>{1, 2, 1, 0, 0, 1});
  const auto log = histogram_edges(s, values, true);
  CHECK(log.front() == 1);
  CHECK(log.back() == 5);
  std::int64_t sum = 0;
  for (const auto n : histogram_counts(log, values)) sum += n;
  CHECK(sum == 4);
  CHECK(histogram_edges(summary(std::vector<double>{NAN}), {}, false).empty());
}

TEST_CASE("ranks, correlation, components and silhouette by hand", "[explore]") {
  CHECK(ranks(std::vector<double>{10, 30, 10, 20}) == std::vector<double>{1.5, 4, 1.5, 3});
  CHECK(correlation(std::vector<double>{1, 2, 3}, std::vector<double>{2, 4, 6}) == Approx(1));
  CHECK(std::isnan(correlation(std::vector<double>{1, 1, 1}, std::vector<double>{2, 4, 6})));
  // Two columns of correlation 1: all variance lies on the diagonal.
  const auto pca = principal_components(std::vector<double>{1, 10, 2, 20, 3, 30}, 2, 2);
  CHECK(pca.shares[0] == Approx(1));
  CHECK(pca.loadings[0][0] == Approx(std::sqrt(0.5)));
  CHECK(pca.loadings[0][1] == Approx(std::sqrt(0.5)));
  // Groups {0, 1} and {10, 11}: a = 1; b = 10.5 or 9.5.
  const std::vector<double> x{0, 1, 10, 11};
  const std::vector<std::int32_t> groups{0, 0, 1, 1};
  CHECK(silhouette(x, 1, groups) == Approx((9.5 / 10.5 + 8.5 / 9.5) / 2));
  CHECK(std::isnan(silhouette(x, 1, std::vector<std::int32_t>{0, 0, 0, 0})));
}

TEST_CASE("classes are ordered by their names where these say so", "[explore]") {
  using Names = std::vector<std::string>;
  CHECK(order_by_names({"Others", "Top 1%", "Top 10%", "Top 25%", "Top 5%"}) ==
        Names{"Others", "Top 25%", "Top 10%", "Top 5%", "Top 1%"});
  CHECK(order_by_names({"top 1 %", "top 5 %"}) == Names{"top 5 %", "top 1 %"});
  CHECK(order_by_names({"High", "Low", "Medium"}) == Names{"Low", "Medium", "High"});
  CHECK(order_by_names({"ES", "FR"}).empty());
  CHECK(order_by_names({"f", "m"}).empty());
}
