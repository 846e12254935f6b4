// Components of plugins as the host uses them: created, described, asked. What a plugin answers is checked here, once.
//
// An instance is cheap and is used by one thread at a time; different instances may run in parallel. A plugin that fails or
// breaks its contract ends in Error(Fault::plugin) with the component's id and its plugin's id and version.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/abi.h>
#include <nlohmann/json.hpp>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "base/schema.hpp"

namespace auspex::plugin {

struct Component;  // what a plugin exported, checked; lives until the process ends

/// An isolated component's process ended, or was ended, during a call: nothing else is lost, the next call has a new one.
class ProcessEnded : public Error {
 public:
  using Error::Error;
};

/// Dictionaries of columns that frames pointed to so far may be gone: isolated components keep none of them.
void forget_dictionaries();

/// Keep rows whose column equals one of the values.
struct Condition {
  std::string column;
  std::vector<std::string> values;
};

/// One declared read. stage: AUSPEX_STAGE_*, scope: AUSPEX_SCOPE_*, window: AUSPEX_WINDOW_*; all three are known values.
struct Read {
  int stage = 0;
  int scope = 0;
  int window = 0;
  std::string table;
  std::vector<std::string> columns;
  std::vector<Condition> conditions;
};

/// "list", "samples", "analysable", "label", "prepare", "calculate"; the number of any other.
[[nodiscard]] std::string stage_name(int stage);

/// Why an analysable, range or sample is left out; false where nothing is wrong.
struct Reason {
  std::string id;
  std::vector<std::pair<std::string, std::string>> arguments;

  explicit operator bool() const { return !id.empty(); }
};

/// One created component: owns the plugin's object and destroys it. Move-only.
class Instance {
 public:
  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&& other) noexcept;
  ~Instance();

  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] Kind kind() const;
  [[nodiscard]] const std::string& plugin() const;
  [[nodiscard]] const std::string& plugin_version() const;

  /// In the order declared. A frame's reads are those of its stage, in this order.
  [[nodiscard]] const std::vector<Read>& reads() const { return reads_; }

  /// What it was created with, defaults included.
  [[nodiscard]] const nlohmann::json& parameters() const { return parameters_; }

 protected:
  /// Checks `parameters` (an object or null) against the schema: Error(configuration) names what is wrong; so does a
  /// plugin that refuses them. `compatibility`: "" or a Moodle version such as "4.4".
  Instance(std::shared_ptr<const Component> component, const nlohmann::json& parameters, const std::string& compatibility);

  template <class Table>
  [[nodiscard]] const Table& functions() const;

  /// Calls the plugin with the table of its kind. `call` is the function's name in the contract, `on`: what it works on.
  template <class Table, class Function>
  [[nodiscard]] auspex_status enter(const char* call, const std::string& on, auspex_error& error, Function&& function) const;

  /// The same, and throws where it fails.
  template <class Table, class Function>
  void require_call(const char* call, const std::string& on, Function&& function) const;

  /// Throws where `status` is not AUSPEX_OK.
  void require(auspex_status status, const auspex_error& error, const char* call) const;

  /// "COMPONENT of plugin ID VERSION WHAT" as Error(Fault::plugin).
  [[noreturn]] void broken(const std::string& what, std::string hint = {}) const;

  [[nodiscard]] void* self() const { return self_; }

 private:
  void declare(const std::string& compatibility);
  [[nodiscard]] std::string who() const;

  std::shared_ptr<const Component> component_;
  nlohmann::json parameters_;
  std::vector<Read> reads_;
  void* self_ = nullptr;
};

struct AnalyserInfo {
  int unit = 0;                ///< AUSPEX_UNIT_*
  int sample_entity = 0;       ///< AUSPEX_ENTITY_* whose id is the sample's id
  std::uint32_t entities = 0;  ///< AUSPEX_ENTITY_BITs of the keys its samples have
  bool one_sample_per_analysable = false;
  std::uint32_t identity = 0;  ///< AUSPEX_ENTITY_BITs whose ids together name a sample
};

class Analyser : public Instance {
 public:
  Analyser(std::shared_ptr<const Component> component, const nlohmann::json& parameters, const std::string& compatibility);

  [[nodiscard]] const AnalyserInfo& info() const { return info_; }

  /// Calls `add` for each analysable found in one batch of the rows of the LIST reads.
  void analysables(const auspex_frame& frame, const std::function<void(const auspex_analysable&)>& add);

  /// Calls `add` for each sample of the frame's analysable with one id an entity of info().entities, in ascending order of
  /// the entity; -1 = none; the sample entity's id is never -1.
  void samples(const auspex_frame& frame, const std::function<void(std::span<const std::int64_t> keys)>& add);

 private:
  AnalyserInfo info_;
};

struct TimeSplitterInfo {
  int direction = 0;  ///< AUSPEX_SPLITS_*
  bool range_columns = false;
  bool cacheable = false;
  bool valid_for_evaluation = false;
};

/// start < t <= end.
struct Range {
  Time start = 0;
  Time end = 0;
  Time predict_at = 0;  ///< ready to predict once as-of has reached it
  bool for_training = false;
  std::string name;     ///< its index in text where the splitter gave none; unique in a split
};

/// Ranges in ascending order of (start, end), or why there are none. Under compatibility they may run backwards.
struct Split {
  std::vector<Range> ranges;
  Reason reason;

  /// Indexes of the ranges that the method offers for training, ready or not.
  [[nodiscard]] std::vector<std::size_t> for_training() const;

  /// Index of the most recent range that is ready to predict.
  [[nodiscard]] std::optional<std::size_t> for_prediction(Time as_of) const;
};

class TimeSplitter : public Instance {
 public:
  TimeSplitter(std::shared_ptr<const Component> component, const nlohmann::json& parameters,
               const std::string& compatibility);

  [[nodiscard]] const TimeSplitterInfo& info() const { return info_; }

  /// The ranges of an analysable's life; start, end and first_analysis may be no_time. A split without ranges has a reason:
  /// "no_ranges" where the method gives none of its own.
  [[nodiscard]] Split ranges(Time start, Time end, Time as_of, Time first_analysis = no_time);

 private:
  TimeSplitterInfo info_;
  bool moodle_;
};

struct TargetInfo {
  int type = 0;                              ///< AUSPEX_TARGET_*
  bool is_static = false;
  std::uint32_t required_entities = 0;       ///< AUSPEX_ENTITY_BITs
  std::string analyser;                      ///< component id
  std::vector<double> classes;               ///< at least two, distinct; empty for linear targets
  std::vector<std::string> class_names;      ///< one a class
  std::vector<double> ignored_classes;
  double minimum = 0;                        ///< linear targets
  double maximum = 0;
  double score_limit = 0;                    ///< 0 to 1
  int accepts_direction = AUSPEX_SPLITS_ANY; ///< bits AUSPEX_SPLITS_*
  std::vector<std::string> accepts;          ///< ids of time splitters; empty = all of that direction
  std::vector<std::string> sample_reasons;   ///< reason ids of check_samples
  std::optional<double> boundary;            ///< linear targets: least value of an insight
  std::vector<std::string> decides_from;     ///< static targets: columns of the indicators that label() needs
};

class Target : public Instance {
 public:
  Target(std::shared_ptr<const Component> component, const nlohmann::json& parameters, const std::string& compatibility);

  [[nodiscard]] const TargetInfo& info() const { return info_; }

  [[nodiscard]] Reason check_analysable(const auspex_frame& frame);

  /// codes.size() == frame.sample_count; codes[i]: 0 = valid, else 1 + an index into info().sample_reasons.
  void check_samples(const auspex_frame& frame, std::span<std::int32_t> codes);

  /// labels.size() == frame.sample_count; labels[i]: NaN, or one of the classes (linear: from minimum to maximum).
  void label(const auspex_frame& frame, std::span<double> labels);

 private:
  TargetInfo info_;
};

struct IndicatorInfo {
  int type = 0;                         ///< AUSPEX_INDICATOR_*
  std::uint32_t required_entities = 0;  ///< AUSPEX_ENTITY_BITs
  std::uint32_t optional_entities = 0;
  std::vector<double> classes;          ///< discrete only, distinct
  bool include_mean = false;
};

class Indicator : public Instance {
 public:
  Indicator(std::shared_ptr<const Component> component, const nlohmann::json& parameters, const std::string& compatibility);

  [[nodiscard]] const IndicatorInfo& info() const { return info_; }
  [[nodiscard]] bool has_prepare() const;

  /// Does nothing where has_prepare() is false.
  void prepare(const auspex_frame& frame);

  /// values.size() == frame.sample_count; NaN = none. Linear: in [-1, 1]; binary: -1 or 1; discrete: one of the classes, under
  /// compatibility a value that becomes one where its fraction is cut off.
  void calculate(const auspex_frame& frame, std::span<double> values);

 private:
  /// What is wrong with a value, or null.
  [[nodiscard]] const char* why_not(double value) const;

  IndicatorInfo info_;
  bool moodle_;
};

struct BackendInfo {
  std::uint32_t abilities = 0;  ///< AUSPEX_CAN_* bits
};

class Backend : public Instance {
 public:
  Backend(std::shared_ptr<const Component> component, const nlohmann::json& parameters, const std::string& compatibility);

  [[nodiscard]] const BackendInfo& info() const { return info_; }

  /// The trained model as bytes, never empty.
  [[nodiscard]] std::string train(const auspex_matrix& matrix);

  /// out.size() == rows * max(class_count, 1); probabilities in [0, 1] that add up to 1 a row, or finite values.
  void predict(std::string_view model, const auspex_matrix& matrix, std::span<double> out);

  /// For a target of so many classes: plugins from before `explain` can for one margin only.
  [[nodiscard]] bool can_contribute(std::int64_t class_count = 2) const;

  /// The margins of its predictions, rows x outputs, and the shares of the columns in them, rows x outputs x (columns + 1),
  /// which add up to them. Outputs: the value (linear targets), class 1 (two classes), or every class; a plugin built before
  /// the contract had this explains class 1 alone, and more classes are refused. Only where can_contribute().
  void explain(std::string_view model, const auspex_matrix& matrix, std::span<double> margins,
               std::span<double> contributions);

 private:
  BackendInfo info_;
};

/// Rows to be grouped; row-major, every value finite; borrowed.
struct Points {
  std::size_t rows = 0;             ///< at least 1
  std::vector<std::string> columns; ///< at least 1
  std::span<const double> values;   ///< rows x columns.size()
  std::uint64_t seed = 1;
  int threads = 1;
};

struct Clustering {
  std::vector<std::int32_t> assignments;        ///< one a row; -1 = in no cluster
  std::vector<std::vector<double>> centroids;   ///< one a cluster, in the units of the points
  double inertia = 0;                           ///< at least 0
  bool standardised = false;                    ///< distances are of columns at mean 0 and deviation 1
};

class Clusterer : public Instance {
 public:
  Clusterer(std::shared_ptr<const Component> component, const nlohmann::json& parameters);

  /// At most `clusters` of them (at least 1).
  [[nodiscard]] Clustering cluster(const Points& points, std::size_t clusters);
};

struct Outliers {
  std::vector<double> scores;  ///< one a row, finite; higher = further out
  std::vector<char> flags;     ///< one a row: 1 = outlier
  double threshold = 0;        ///< of the scores; NaN = none
  bool standardised = false;
};

class OutlierDetector : public Instance {
 public:
  OutlierDetector(std::shared_ptr<const Component> component, const nlohmann::json& parameters);

  [[nodiscard]] Outliers detect(const Points& points);
};

}  // namespace auspex::plugin
