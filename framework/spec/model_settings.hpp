// How a model learns, decides, is judged, and how its backend's parameters are chosen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace auspex::spec {

/// Which samples a model learns from and is judged on.
enum class Population { all, enrolled };

struct Training {
  Population population = Population::all;  ///< enrolled: no enrolment end known and reached at the range's end
  bool per_range = false;                   ///< one backend model a range instead of one for all
  std::uint64_t seed = 1;
};

/// Which labelled rows a model is tested on.
struct Evaluation {
  enum class Split { automatic, out_of_time, grouped_folds, leave_one_course_out, random_rows };
  enum class Group { user, course };
  enum class Purge { automatic, all, user, none };
  Split split = Split::automatic;           ///< automatic: by time where that is possible, else folds of users
  Group group = Group::user;                ///< of grouped_folds
  Purge purge = Purge::automatic;           ///< whose training rows give way to a test row's label
  double test_share = 0.2;                  ///< of out_of_time: least share of the labelled rows in the test, in (0, 1)
  std::size_t folds = 5;                    ///< at least 2

  bool operator==(const Evaluation&) const = default;
};

/// What is made of a backend's probabilities.
struct Decision {
  enum class Calibration { none, platt, isotonic };
  enum class Threshold { half, f1, cost, capacity };
  Calibration calibration = Calibration::none;
  Threshold threshold = Threshold::half;
  double cost_of_miss = 1;                  ///< of a positive that is not told, against
  double cost_of_false_alarm = 1;
  double capacity = 0.2;                    ///< who can be looked after: below 1 a share of a range's rows, else rows

  bool operator==(const Decision&) const = default;
};

/// One parameter of the backend to be chosen, and where to look instead of where the backend says.
struct SearchDimension {
  std::string name;
  nlohmann::json values = nlohmann::json::array();  ///< to be tried; empty: a range
  double from = 0;
  double to = 0;
  bool is_log = false;                      ///< steps are even in the logarithm
  Position where{};
};

/// How the backend's parameters are chosen, on training rows only.
struct Search {
  enum class Method { none, grid, random, optimiser };
  Method method = Method::none;
  std::size_t trials = 20;                  ///< at most
  double seconds = 0;                       ///< begin no trial after that; 0: no limit
  std::size_t folds = 5;                    ///< at least 2
  std::string metric;                       ///< "": roc_auc, of linear targets rmse
  std::vector<SearchDimension> ranges;      ///< empty: all that the backend declares
};

/// "out_of_time", "grouped_folds", ...; "automatic".
[[nodiscard]] std::string name_of(Evaluation::Split split);
[[nodiscard]] std::string name_of(Evaluation::Group group);
[[nodiscard]] std::string name_of(Evaluation::Purge purge);
[[nodiscard]] std::string name_of(Decision::Calibration calibration);
[[nodiscard]] std::string name_of(Decision::Threshold threshold);
[[nodiscard]] std::string name_of(Search::Method method);

/// Frozen forms; null where all is as by default.
[[nodiscard]] nlohmann::ordered_json to_json(const Evaluation& evaluation);
[[nodiscard]] nlohmann::ordered_json to_json(const Decision& decision);
[[nodiscard]] nlohmann::ordered_json to_json(const Search& search);
[[nodiscard]] Evaluation evaluation_from(const nlohmann::ordered_json& json);
[[nodiscard]] Decision decision_from(const nlohmann::ordered_json& json);
[[nodiscard]] Search search_from(const nlohmann::ordered_json& json);

}  // namespace auspex::spec
