// What a file of configs/explore says of a table: its columns, rules, labels and how to look for groups.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace auspex::spec {

/// A name in the file and its place there.
struct Named {
  std::string name;
  Position where;
};

struct Exploration {
  struct Column {
    std::string type;     ///< "number", "text"; empty = by its values
    std::string missing;  ///< "keep", "drop", "zero", "median"; empty = keep
    bool log = false;     ///< figures show its values on a logarithmic axis
    Position where;
  };
  struct Rule {
    std::string name, expression;
    Position where;  ///< of the expression
  };
  struct Label {
    Named of;                        ///< a column or a rule
    std::vector<std::string> order;  ///< classes from the least to the most; empty: by the numbers in their names
    Named driver;                    ///< column that should rise with the order; empty: the one that goes with it most
    std::vector<Named> features;     ///< empty: every column but the id and the labels that are columns
  };
  /// A component of a plugin and what it is created with.
  struct Part {
    std::string id;
    nlohmann::json parameters = nlohmann::json::object();
    std::map<std::string, std::vector<nlohmann::json>> grid;  ///< backends: values to be tried, by parameter
    Position where;
  };

  std::filesystem::path file;  ///< empty: the defaults
  std::string title;
  Named id;  ///< column that names a row; empty: user_id, userid, learner_id, student_id or id
  std::map<std::string, Column> columns;
  std::vector<Rule> rules;
  std::optional<std::vector<Label>> labels;  ///< absent: columns of texts whose classes are ordered by their names
  std::vector<Named> features;  ///< of groups and outliers; empty: every column of numbers but the id and the labels
  Part clusterer{"dlib/kmeans"};
  std::size_t clusters = 3;
  Part detector{"nanoflann/local_outlier_factor"};
  double test_share = 0.2;
  std::size_t folds = 5;
  std::vector<Part> backends;  ///< of classifications
  std::optional<std::vector<std::string>> missing_texts;
};

/// A random forest and logistic regression, each with a small grid.
[[nodiscard]] std::vector<Exploration::Part> default_classifiers();

/// Throws Error(configuration) with everything that is wrong with the file itself.
[[nodiscard]] Exploration read_exploration(const std::filesystem::path& file);

/// JSON Schema (draft 2020-12) for editors.
[[nodiscard]] nlohmann::ordered_json exploration_json_schema();

}  // namespace auspex::spec
