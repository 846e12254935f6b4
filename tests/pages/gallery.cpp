// Writes a page with every kind of figure, with texts and numbers that try to break it. usage: gallery ASSETS OUT.html
#include <cmath>
#include <iostream>
#include <limits>

#include "base/files.hpp"
#include "report/figures.hpp"

int main(int argc, char** argv) {
  using namespace auspex::report;
  if (argc != 3) {
    std::cerr << "usage: gallery ASSETS OUT.html\n";
    return 2;
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Caption caption{"a </script> & <b>\"title\"</b>", "What is seen: </script><script>throw 1</script> & more."};
  std::vector<double> edges;
  std::vector<double> counts;
  std::vector<std::pair<double, double>> density;
  for (int i = 0; i <= 20; ++i) {
    edges.push_back(i);
    density.emplace_back(i, std::exp(-(i - 8.0) * (i - 8.0) / 20));
    if (i > 0) counts.push_back(i == 7 ? 0 : 100 * density.back().second);
  }
  std::vector<std::array<double, 2>> flat;
  std::vector<std::array<double, 3>> spatial;
  for (int i = 0; i < 150; ++i) {
    flat.push_back({std::sin(i * 1.7), std::cos(i * 0.9)});
    spatial.push_back({std::sin(i * 1.7), std::cos(i * 0.9), i / 150.0});
  }
  Page page{"Gallery </title>", "All figures", {}};
  page.sections.push_back(
      {"Lines & areas",
       {Paragraph{"A paragraph with <tags>."}, Notice{Notice::Kind::warning, "A warning </p>"},
        Notice{Notice::Kind::note, "A note"},
        curves(caption, {"x", 0, 1}, {"y", 0, 1},
               {{"model", {{0, 0}, {0.2, 0.6}, {1, 1}}}, {"chance", {{0, 0}, {1, 1}}, true}}),
        bars(caption, "group", {"a", "b </script>"}, {"rows"}, {{"first", {3, none}}, {"second", {1, 2}}}),
        bars(caption, "indicator", {"core/a_long_name", "core/another"}, {"importance"}, {{"importance", {0.3, -0.1}}},
             true),
        histogram(caption, {"value"}, edges, {"rows"}, {{"no", counts}, {"yes", counts}}),
        histogram(caption, {"value"}, edges, {"rows", {}, {}, true}, {{"all", counts}})}});
  page.sections.push_back(
      {"Points",
       {estimates(caption, "range", {"10 %", "20 %"}, {"ROC-AUC", 0, 1},
                  {{"enrolled", {{0.6, 0.5, 0.7}, {0.8, none, none}}}, {"all", {{0.65, 0.6, 0.72}, {none, none, none}}}}),
        scatter(caption, {"x"}, {"y"}, {{"inner", flat}, {"outer", {{0.5, 0.5}}}}),
        scatter_3d(caption, {Axis{"x"}, Axis{"y"}, Axis{"z"}}, {{"inner", spatial}})}});
  page.sections.push_back(
      {"Distributions",
       {boxes(caption, "column", {"value"},
              {{"time", 0, 1, 2, 3, 5, -2, 6, {7, 9}, 2}, {"logins", 1, 2, 2, 3, 4, none, none, {}, 0}}),
        violins(caption, "class", {"value"}, {{"no", density}, {"yes", {{3, 0}, {4, 1}, {5, 0}}}}),
        heatmap(caption, "column", {"a", "b"}, "column", {"a", "b"}, {{1, -0.4}, {-0.4, none}}, -1, 1),
        Table{{"name", "count", "value"},
              {{std::string("a </td>"), std::int64_t{1234567}, 0.123456}, {std::string("b"), std::int64_t{0}, none}},
              "All."}}});
  const auto text = html(page, argv[1]);
  if (text != html(page, argv[1])) return 1;
  auspex::write_file(argv[2], text);
}
