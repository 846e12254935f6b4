#include <array>

#include <auspex/sdk.hpp>

#include "trees.hpp"

namespace auspex_xgboost {
namespace {

using auspex::integer_parameter;
using auspex::real_parameter;
using auspex::searched;
using auspex::text_parameter;

constexpr std::uint32_t tree_abilities =
    AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_REGRESSION | AUSPEX_CAN_CONTRIBUTIONS;
constexpr std::array class_weights{auspex_str{"none", 4}, auspex_str{"balanced", 8}};
constexpr auto class_weight =
    text_parameter("class_weight", "balanced: every class weighs the same in all", "\"none\"", class_weights);

/// Log odds, or logarithms of the classes' shares, before the first tree.
std::vector<double> prior_margins(std::span<const double> labels, std::span<const double> weights, std::size_t classes) {
  std::vector<double> shares(classes, 0.0);
  double total = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    shares[std::size_t(labels[r])] += weights[r];
    total += weights[r];
  }
  if (classes == 2) return {std::log(shares[1] / shares[0])};
  // A class that never occurred: as good as impossible, without infinite numbers.
  for (auto& share : shares) share = share > 0 ? std::log(share / total) : -std::log(total) - 20;
  return shares;
}

Settings common_settings(const auspex::matrix& matrix) {
  Settings settings{{"verbosity", "0"},        {"booster", "gbtree"},
                    {"tree_method", "hist"},   {"objective", "reg:squarederror"},
                    {"base_score", "0"},       {"disable_default_eval_metric", "1"},
                    {"nthread", std::to_string(matrix.threads())},
                    {"seed", std::to_string(matrix.seed() & 0x7fffffff)}};
  if (matrix.outputs() > 1) settings.emplace_back("num_class", std::to_string(matrix.outputs()));
  return settings;
}

struct gradient_boosting : auspex::ml_backend {
  static constexpr std::string_view id = "xgboost/gradient_boosting";
  static constexpr std::string_view name = "Gradient boosting";
  static constexpr std::string_view description =
      "XGBoost's boosted trees by histograms: log loss for classes (softmax for more than two), squared error for linear "
      "targets. A missing value goes to the side of a split that serves the training best. Contributions are exact "
      "(TreeSHAP).";
  static constexpr std::uint32_t abilities = tree_abilities;
  static constexpr std::array parameters{
      searched(integer_parameter("rounds", "trees, one after another, a class each", "100", 1, 100000), 50, 1000,
               AUSPEX_SEARCH_LOG),
      searched(real_parameter("learning_rate", "share of each tree that is kept", "0.1", 1e-6, 1), 0.01, 0.3,
               AUSPEX_SEARCH_LOG),
      searched(integer_parameter("depth", "most splits from the root to a leaf", "6", 1, 20), 2, 8),
      searched(real_parameter("min_child_weight", "least curvature of the loss in a leaf; a row has at most 1/4", "5", 0,
                              1e9),
               0.5, 50, AUSPEX_SEARCH_LOG),
      searched(real_parameter("lambda", "penalty on the squared values of leaves", "1", 0, 1e9), 0.01, 100,
               AUSPEX_SEARCH_LOG),
      real_parameter("alpha", "penalty on the absolute values of leaves", "0", 0, 1e9),
      real_parameter("gamma", "least gain of a split", "0", 0, 1e9),
      searched(real_parameter("subsample", "share of the rows that each round sees", "1", 0.01, 1), 0.5, 1),
      searched(real_parameter("column_sample", "share of the columns that each tree sees", "1", 0.01, 1), 0.3, 1),
      integer_parameter("bins", "of the histograms: distinguished values of a column", "256", 2, 4096), class_weight};

  explicit gradient_boosting(const auspex::arguments& given)
      : settings{{"eta", number(given.real("learning_rate"))},
                 {"max_depth", std::to_string(given.integer("depth"))},
                 {"min_child_weight", number(given.real("min_child_weight"))},
                 {"lambda", number(given.real("lambda"))},
                 {"alpha", number(given.real("alpha"))},
                 {"gamma", number(given.real("gamma"))},
                 {"colsample_bytree", number(given.real("column_sample"))},
                 {"max_bin", std::to_string(given.integer("bins"))}},
        rounds(std::size_t(given.integer("rounds"))),
        subsample(given.real("subsample")),
        balanced(given.text("class_weight") == "balanced") {}

  std::string train(const auspex::matrix& matrix) const {
    const auto classes = matrix.class_count();
    const auto all_weights = auspex::training_weights(matrix.rows(), matrix.labels(), matrix.weights(), classes, balanced);
    auspex::require_finite(matrix);
    Trees model(id, classes == 0 ? Link::identity : classes == 2 ? Link::logistic : Link::softmax, matrix);
    std::vector<double> labels(matrix.labels().begin(), matrix.labels().end());
    if (classes == 0) {
      model.centre(labels, all_weights);
      for (auto& label : labels) label = (label - model.base[0]) / model.scale;
    } else {
      model.base = prior_margins(labels, all_weights, classes);
    }

    const Rows rows(matrix);
    auto all_settings = common_settings(matrix);
    all_settings.insert(all_settings.end(), settings.begin(), settings.end());
    Booster booster(rows, all_settings);
    Gradients gradients(matrix.rows(), matrix.outputs());
    auto weights = all_weights;
    for (std::size_t round = 0; round < rounds; ++round) {
      auspex::check_cancelled();
      if (subsample < 1) choose_rows(all_weights, random_bits(matrix.seed(), round), weights);
      const auto margins = booster.training_margins(rows);
      if (classes == 0) squared(margins, labels, weights, gradients);
      else if (classes == 2) logistic(margins, model.base[0], labels, weights, gradients);
      else multinomial(margins, model.base, labels, weights, gradients);
      gradients.round();
      booster.boost(rows, gradients.slope, gradients.curvature);
      auspex::report_progress(double(round + 1) / double(rounds));
    }
    model.keep(booster);
    return model.bytes();
  }

  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    Trees(bytes, id, matrix).predict(matrix, out);
  }
  void explain(std::string_view bytes, const auspex::matrix& matrix, std::span<double> margins,
               std::span<double> contributions) const {
    Trees(bytes, id, matrix).explain(matrix, margins, contributions);
  }

 private:
  void choose_rows(std::span<const double> all, std::uint64_t seed, std::span<double> chosen) const {
    const double bound = subsample * 0x1.0p53;
    for (std::size_t r = 0; r < all.size(); ++r) chosen[r] = double(random_bits(seed, r) >> 11) < bound ? all[r] : 0;
  }

  Settings settings;
  std::size_t rounds;
  double subsample;
  bool balanced;
};

struct random_forest : auspex::ml_backend {
  static constexpr std::string_view id = "xgboost/random_forest";
  static constexpr std::string_view name = "Random forest";
  static constexpr std::string_view description =
      "Breiman's forest out of XGBoost's histogram trees: each tree learns from as many rows drawn with replacement, looks "
      "at some of the columns at each split, and gives the share of the class (the mean of a linear target) among the rows "
      "in its leaf. More than two classes: a tree for each. Margins, and so contributions, are shares, not log odds.";
  static constexpr std::uint32_t abilities = tree_abilities;
  static constexpr std::array parameters{
      searched(integer_parameter("trees", "how many, a class each", "100", 1, 100000), 50, 500, AUSPEX_SEARCH_LOG),
      searched(integer_parameter("depth", "most splits from the root to a leaf", "20", 1, 30), 4, 24),
      searched(integer_parameter("min_leaf", "least weight of the rows in a leaf", "5", 1, 1000000000), 2, 50,
               AUSPEX_SEARCH_LOG),
      searched(real_parameter("columns", "share of the columns that a split looks at; 0 = the square root of their number "
                              "(classes), a third (linear targets)", "0", 0, 1), 0.05, 1, AUSPEX_SEARCH_LOG),
      integer_parameter("bins", "of the histograms: distinguished values of a column", "64", 2, 4096), class_weight};

  explicit random_forest(const auspex::arguments& given)
      : settings{{"max_depth", std::to_string(given.integer("depth"))},
                 {"min_child_weight", std::to_string(given.integer("min_leaf"))},
                 {"lambda", "0"},
                 {"max_bin", std::to_string(given.integer("bins"))}},
        trees(std::size_t(given.integer("trees"))),
        columns(given.real("columns")),
        balanced(given.text("class_weight") == "balanced") {}

  std::string train(const auspex::matrix& matrix) const {
    const auto classes = matrix.class_count(), outputs = matrix.outputs();
    const auto weights = auspex::training_weights(matrix.rows(), matrix.labels(), matrix.weights(), classes, balanced);
    auspex::require_finite(matrix);
    Trees model(id, classes == 0 ? Link::identity : Link::share, matrix);
    if (classes == 0) model.centre(matrix.labels(), weights);

    const Rows rows(matrix);
    auto all_settings = common_settings(matrix);
    all_settings.insert(all_settings.end(), settings.begin(), settings.end());
    all_settings.emplace_back("eta", number(1 / double(trees)));
    all_settings.emplace_back("colsample_bynode", number(share_of_columns(double(matrix.columns()), classes)));
    Booster booster(rows, all_settings);
    Gradients gradients(matrix.rows(), outputs);
    std::vector<double> drawn(matrix.rows());
    for (std::size_t tree = 0; tree < trees; ++tree) {
      auspex::check_cancelled();
      draw_rows(weights, random_bits(matrix.seed(), tree), drawn);
      for (std::size_t r = 0; r < matrix.rows(); ++r) {
        for (std::size_t k = 0; k < outputs; ++k) {
          const double label = matrix.labels()[r];
          const double wanted = classes == 0   ? (label - model.base[0]) / model.scale
                                : classes == 2 ? label
                                               : (label == double(k) ? 1 : 0);
          gradients.set(r * outputs + k, -drawn[r] * wanted, drawn[r]);
        }
      }
      gradients.round();
      booster.boost(rows, gradients.slope, gradients.curvature);
      auspex::report_progress(double(tree + 1) / double(trees));
    }
    model.keep(booster);
    return model.bytes();
  }

  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    Trees(bytes, id, matrix).predict(matrix, out);
  }
  void explain(std::string_view bytes, const auspex::matrix& matrix, std::span<double> margins,
               std::span<double> contributions) const {
    Trees(bytes, id, matrix).explain(matrix, margins, contributions);
  }

 private:
  [[nodiscard]] double share_of_columns(double all, std::size_t classes) const {
    if (columns > 0) return columns;
    return classes == 0 ? std::max(1 / 3.0, 1 / all) : std::sqrt(all) / all;
  }

  /// As many draws as there are rows, each as likely: the weight times how often a row was drawn.
  static void draw_rows(std::span<const double> weights, std::uint64_t seed, std::span<double> drawn) {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const auto r = std::size_t((unsigned __int128)random_bits(seed, i) * drawn.size() >> 64);
      drawn[r] += weights[r];
    }
  }

  Settings settings;
  std::size_t trees;
  double columns;
  bool balanced;
};

}  // namespace
}  // namespace auspex_xgboost

AUSPEX_PLUGIN_BY("xgboost", "1.0.0", "XGBoost", "Auspex", "Apache-2.0", "", auspex_xgboost::gradient_boosting,
                 auspex_xgboost::random_forest)
