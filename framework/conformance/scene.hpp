// A scene: seeded data for one component, and what the component answers to all its calls in it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <auspex/abi.h>
#include <nlohmann/json.hpp>

#include "base/schema.hpp"
#include "conformance/conformance.hpp"
#include "plugin/component.hpp"
#include "plugin/loading.hpp"

namespace auspex::conformance {

/// What a check works on.
struct Subject {
  std::shared_ptr<const plugin::Component> component;
  nlohmann::json parameters;
  const Options* options = nullptr;
  std::string earlier = {};  ///< answers_text() of an earlier process

  [[nodiscard]] Kind kind() const { return component->schema.kind; }
  [[nodiscard]] const std::string& id() const { return component->schema.id; }
};

/// The component with the parameters to check it with: those given, else its defaults, and for what it requires values that
/// it accepts, if a few hundred attempts find any.
[[nodiscard]] Subject subject_of(std::shared_ptr<const plugin::Component> component, const Options& options);

/// A value of a parameter within its limits.
[[nodiscard]] nlohmann::json made_up(const Parameter& parameter, std::uint64_t seed);

/// A call ended because the host asked for it.
struct Cancelled {};

/// How the data are made. The same scene gives the same data.
struct Scene {
  std::uint64_t seed = 1;
  std::int64_t samples = 24;             ///< rows of a backend's matrix: four times as many
  int rows = 6;                          ///< of tables without a key, for each sample on average
  std::vector<std::int64_t> order = {};  ///< which samples, in which order; empty: all as they come
  std::vector<int> windows{0, 1, 2};     ///< which ranges, in which order; of indicators
  bool missing = false;                  ///< every value that may be missing is
  bool extreme = false;                  ///< values at the ends of what their types hold, strange words
  bool newer_host = false;               ///< all structs are longer than this version knows
  std::uint64_t poison_rows = 7;         ///< seed of the rows that lie beyond the bounds
  std::uint64_t poison_columns = 7;      ///< seed of the columns that were not declared
};

/// Everything that a component answered, in the order of the calls: a name for people, and a value.
struct Answers {
  std::vector<std::string> names;
  std::vector<double> values;
  bool inputs_changed = false;

  void add(std::string name, double value) {
    names.push_back(std::move(name));
    values.push_back(value);
  }
};

/// Lives for time splitters: whole, without start or end, backwards, of no length, and some at random.
[[nodiscard]] std::vector<auspex_life> lives(const Scene& scene);

/// 2, 3 and 0 (regression): of what a backend can do.
[[nodiscard]] std::vector<std::int64_t> class_counts(std::uint32_t abilities);

/// A matrix with labels that its first two columns tell, its last column constant, some of the second missing.
class Problem {
 public:
  Problem(const Scene& scene, std::int64_t classes, std::int64_t columns = 5);

  [[nodiscard]] std::int64_t rows() const { return std::int64_t(ids_.size()); }
  [[nodiscard]] std::int64_t columns() const { return columns_; }
  [[nodiscard]] const std::vector<std::int64_t>& ids() const { return ids_; }
  [[nodiscard]] std::vector<double>& labels() { return labels_; }
  [[nodiscard]] std::vector<double>& weights() { return weights_; }

  /// Valid as long as this; without `training` it has no labels, weights and groups.
  [[nodiscard]] auspex_matrix matrix(bool training, int threads = 1) const;
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  std::int64_t columns_, classes_;
  std::uint64_t seed_;
  std::vector<std::int64_t> ids_;
  std::vector<std::string> texts_;
  std::vector<auspex_str> names_;
  std::vector<float> values_;
  std::vector<double> labels_, weights_;
  std::vector<std::int64_t> groups_;
};

/// Creates the component. Throws Error as plugin::Instance does.
class Made {
 public:
  explicit Made(const Subject& subject, const std::string& compatibility = {});
  ~Made();
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;

  [[nodiscard]] const std::vector<plugin::Read>& reads() const;

  /// Makes every call of the component's kind. Throws Failed where a call fails.
  [[nodiscard]] Answers answers(const Scene& scene);

  struct Calls;

 private:
  std::unique_ptr<Calls> calls_;
};

}  // namespace auspex::conformance
