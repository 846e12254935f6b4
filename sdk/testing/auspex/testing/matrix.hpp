// Feature matrices for ML backends.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <auspex/frame.hpp>

namespace auspex::testing {

/// Rows of features and what is known of them.
struct examples {
  std::vector<std::string> columns;
  std::vector<std::vector<float>> rows;  ///< NaN = missing
  std::vector<double> labels = {};       ///< index of the class, or the value; training needs one a row
  std::vector<double> weights = {};      ///< none: all 1
  std::vector<std::int64_t> groups = {};
  std::size_t class_count = 2;  ///< 0: regression
  std::uint64_t seed = 1;
  std::int32_t threads = 1;
};

/// The matrix of some examples, which must outlive it.
class made_matrix {
 public:
  made_matrix(const examples& given, bool for_training) {
    for (const auto& name : given.columns) names_.push_back(str(name));
    for (const auto& one : given.rows) {
      if (one.size() != given.columns.size()) throw std::invalid_argument("a row has not one value a column");
      values_.insert(values_.end(), one.begin(), one.end());
    }
    const auto fits = [&](std::size_t count) { return count == 0 || count == given.rows.size(); };
    if (!fits(given.weights.size()) || !fits(given.groups.size()) ||
        (for_training && given.labels.size() != given.rows.size())) {
      throw std::invalid_argument("labels, weights and groups are one a row");
    }
    raw_.struct_size = sizeof raw_;
    raw_.threads = given.threads;
    raw_.rows = std::int64_t(given.rows.size());
    raw_.columns = std::int64_t(given.columns.size());
    raw_.values = values_.data();
    raw_.names = names_.data();
    raw_.labels = for_training ? given.labels.data() : nullptr;
    raw_.weights = given.weights.empty() ? nullptr : given.weights.data();
    raw_.groups = given.groups.empty() ? nullptr : given.groups.data();
    raw_.class_count = std::int64_t(given.class_count);
    raw_.seed = given.seed;
  }
  made_matrix(const made_matrix&) = delete;
  made_matrix& operator=(const made_matrix&) = delete;

  [[nodiscard]] const auspex_matrix* raw() const { return &raw_; }

 private:
  std::vector<auspex_str> names_;
  std::vector<float> values_;
  auspex_matrix raw_{};
};

}  // namespace auspex::testing
