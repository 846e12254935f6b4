// Units of analysis with given values, through the indicators of tests/plugins/given.cpp.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "unit/plugin/places.hpp"

namespace given {

using namespace auspex;

inline constexpr double none = 777;  // of the plugin

/// The plugin of given values and those of the build.
inline const plugin::Registry& registry() {
  static const auto loaded = [] {
    auto options = plugin_tests::options_for({"given"});
    options.places.push_back({std::filesystem::path(AUSPEX_STAGE) / "lib/auspex/plugins", "installation"});
    return plugin::Registry::load(options);
  }();
  return loaded;
}

/// What an indicator gives to so many samples.
inline std::vector<double> calculated(plugin::Indicator& indicator, std::size_t samples) {
  const auspex_analysable analysable{sizeof(auspex_analysable), AUSPEX_UNIT_COURSE, 1, 0, 1000, 0};
  auspex_frame frame{};
  frame.struct_size = sizeof frame;
  frame.analysable = &analysable;
  frame.end = 1000;
  frame.sample_count = std::int64_t(samples);
  std::vector<double> values(samples);
  indicator.calculate(frame, values);
  return values;
}

/// One analysable whose indicators have the same values in every range.
struct Unit {
  analysis::Shape shape;
  analysis::UnitResult result;
  std::vector<std::vector<double>> values;  ///< [indicator][sample]

  explicit Unit(const std::vector<std::string>& samples, Time start = 0, Time end = 1000) {
    shape.target.classes = {0, 1};
    result.analysable = {"course", "course", start, end, 0};
    for (const auto& id : samples) result.samples.push_back({id, -1});
  }

  Unit& indicator(const std::string& id, const std::string& column, const std::vector<double>& given,
                  const std::string& compatibility = "4.4") {
    auto instance = registry().indicator(id, {{"values", given}}, compatibility);
    values.push_back(calculated(instance, result.samples.size()));
    shape.indicator_columns.push_back(column);
    shape.indicators.push_back(instance.info());
    return *this;
  }

  /// `labels`: for training, one a sample; empty: for prediction, the last range alone.
  Unit& ranges(const std::vector<plugin::Range>& ranges, const std::vector<double>& labels = {}) {
    auto& purpose = result.purposes.emplace_back();
    purpose.purpose = labels.empty() ? analysis::Purpose::prediction : analysis::Purpose::training;
    purpose.labels = labels;
    for (const auto& range : ranges) purpose.range_names.push_back(range.name);
    for (std::size_t r = labels.empty() ? ranges.size() - 1 : 0; r < ranges.size(); ++r) {
      analysis::RangeResult one{std::int32_t(r), ranges[r], {}, {}, values};
      for (std::size_t i = 0; i < result.samples.size(); ++i) {
        one.samples.push_back(i);
        one.enrolled.push_back(1);
      }
      purpose.ranges.push_back(std::move(one));
    }
    return *this;
  }

  [[nodiscard]] analysis::Dataset dataset(bool moodle) const {
    analysis::DatasetBuilder builder(shape, moodle);
    builder.add(result, result.purposes.front().purpose);
    return builder.finish();
  }
};

}  // namespace given
