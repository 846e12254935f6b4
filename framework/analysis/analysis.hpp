// From campus to indicator values: analysables, ranges, samples, labels, frames, values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/dataset.hpp"
#include "base/calendar.hpp"
#include "campus/campus.hpp"
#include "campus/sql_indicator.hpp"
#include "plugin/registry.hpp"
#include "spec/model.hpp"

namespace auspex::analysis {

enum class Purpose { training, prediction };

/// What was analysed, trained and predicted before; `runtime` moves it to and from the store.
struct History {
  std::map<std::string, Time> first_analysis;                 ///< by analysable id
  std::map<std::string, Time> last_analysis;                  ///< by analysable id, for the purpose at hand
  std::set<std::string> trained;                              ///< sample ids
  std::set<std::pair<std::string, std::int32_t>> predicted;   ///< sample id, range index
};

struct Request {
  const spec::Model* model = nullptr;  ///< with a time splitting method
  const plugin::Registry* registry = nullptr;
  std::shared_ptr<const campus::Campus> campus;
  std::shared_ptr<const campus::SqlEngine> sql;  ///< where an indicator of the model is a definition of the registry's
  Time as_of = no_time;
  bool training = false;
  bool prediction = false;
  bool calculate = true;               ///< false: stop before the indicators (a dry run)
  bool outcomes = false;               ///< training: say which rows' outcome was known before their range had ended
  bool audit = false;                  ///< bring the samples' values of columns with use = "audit"
  std::optional<std::vector<std::int64_t>> only;  ///< only analysables of these keys, ascending; none = all
  int threads = 1;
  const History* history = nullptr;    ///< null: nothing was done before
  std::function<void(double done)> progress;  ///< may be empty; called from one thread at a time
};

struct Sample {
  std::string id;            ///< the source's own
  std::int64_t person = -1;  ///< dense user id, or -1
  std::vector<std::string> audit;  ///< one a column of Shape::audit, as text; "" = missing; empty where not asked for
};

/// A sample that was left out of an analysable.
struct LeftOut {
  std::size_t sample = 0;    ///< index into UnitResult::samples
  std::string reason;        ///< id
  std::int32_t range = -1;   ///< index of the only range that it is left out of; -1 = of all
};

struct RangeResult {
  std::int32_t index = 0;
  plugin::Range range;
  std::vector<std::size_t> samples;         ///< indices into UnitResult::samples, ascending in the analyser's order
  std::vector<std::uint8_t> enrolled;       ///< per entry of samples
  std::vector<std::vector<double>> values;  ///< [indicator][entry of samples]; empty where nothing was calculated
  std::vector<double> decisions;            ///< static models: the target's, per entry of samples; NaN = none
  std::vector<std::uint8_t> outcome_known;  ///< per entry of samples: see Row; empty where not asked for
  std::vector<double> typical;              ///< prediction: of each indicator the lower median over all samples, NaN = no value
};

struct PurposeResult {
  Purpose purpose = Purpose::training;
  plugin::Reason left_out;           ///< set: the analysable was left out, `ranges` is empty
  std::vector<LeftOut> left_out_samples;
  std::vector<double> labels;        ///< training: one per sample, NaN = none
  std::vector<std::string> range_names;  ///< of all ranges by index, ready or not
  std::vector<RangeResult> ranges;
};

/// Everything about one analysable.
struct UnitResult {
  std::int64_t key = 0;
  AnalysableInfo analysable;
  std::int64_t events = 0;           ///< rows of the event log that were read
  std::vector<Sample> samples;
  std::vector<PurposeResult> purposes;
  std::string failure;               ///< set: an isolated component's process ended here; left out for all purposes
};

/// Where the time went, in seconds summed over threads, and how much there was.
struct Statistics {
  double reading = 0;
  double framing = 0;
  double calculating = 0;
  std::int64_t events = 0;
  std::int64_t values = 0;
  std::int64_t analysables = 0;
};

/// What the engine knows before any data is read.
struct Shape {
  std::vector<std::string> indicator_columns;          ///< one per indicator, in the model's order
  std::vector<plugin::IndicatorInfo> indicators;
  plugin::TargetInfo target;
  plugin::TimeSplitterInfo splitter;
  std::vector<std::pair<std::string, std::string>> always_known;  ///< component id, table: reads without history
  std::vector<std::string> audit;                      ///< columns for audits, "TABLE.COLUMN", where the request asks for them
  std::vector<std::string> beyond_range;               ///< indicators that see more than was known at the end of a range
};

/// Creates the model's components once, checks that they fit together and with the campus (where there is one in the request),
/// and says what they are.
/// Throws Error(configuration) for what does not fit, with every fault at once.
[[nodiscard]] Shape shape_of(const Request& request);

/// Analyses every analysable and hands each result to `take`, in key order, on the calling thread. The results do not
/// depend on the number of threads. Memory is bounded by the analysables in flight. An analysable on which an isolated
/// component's process ended is left out with the reason "component_failed"; the others are as they are without it.
Statistics analyse(const Request& request, const std::function<void(UnitResult&&)>& take);

/// The columns that an indicator of this name has in the feature matrix.
[[nodiscard]] std::vector<std::string> feature_columns(const plugin::IndicatorInfo& info, const std::string& name, bool moodle);

/// Collects results into the feature matrix. Columns: one "range/N" a range where the splitter wants them and there are several,
/// then the model's indicators, discrete ones with one column a class. Rows without any value are dropped and counted.
///
/// As Moodle encodes (moodle-analytics: indicator::to_features): values of linear indicators rounded to two decimals, each
/// followed by the mean over the rows of the analysable and range, none counting as 0; a discrete indicator's class is the
/// value without its fraction, and none is 0 in every class. Otherwise values stay as they are and none is missing.
class DatasetBuilder {
 public:
  /// `aside`: so many of the last indicators, none of them discrete, are no features.
  DatasetBuilder(const Shape& shape, bool moodle, std::size_t aside = 0);

  void add(const UnitResult& unit, Purpose purpose);

  /// `range_columns`: how many "range/N" columns; 0 = as many as there are ranges (none where there is only one).
  [[nodiscard]] Dataset finish(std::size_t range_columns = 0);

  [[nodiscard]] std::int64_t dropped_rows() const { return dropped_; }

 private:
  void add(const UnitResult& unit, const PurposeResult& result, const RangeResult& range);
  void encode(const plugin::IndicatorInfo& info, double value, double mean);

  Shape shape_;
  bool moodle_;
  std::size_t features_;  // indicators that are
  Dataset dataset_;
  std::map<std::string, std::int32_t> audit_words_;
  std::int64_t dropped_ = 0;
};

/// Calls `take` with each range and each of its entries whose values are results: every sample and range once, those of
/// training only where there is a label.
void for_each_result(const UnitResult& unit, const std::function<void(const RangeResult& range, std::size_t entry)>& take);

/// "analysable,sample,range,start,end,indicator,value", one line a value; an empty value = none.
[[nodiscard]] std::string values_csv_header();
void append_values_csv(const Shape& shape, const UnitResult& unit, std::string& text);

}  // namespace auspex::analysis
