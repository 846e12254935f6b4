#include "analysis/indicators.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "analysis/frames.hpp"
#include "analysis/reader.hpp"
#include "campus/sql_indicator.hpp"

namespace auspex::analysis {
namespace {

class PluginIndicator final : public Indicator {
 public:
  explicit PluginIndicator(plugin::Indicator indicator) : indicator_(std::move(indicator)) {}

  const std::string& id() const override { return indicator_.id(); }
  const plugin::IndicatorInfo& info() const override { return indicator_.info(); }
  const std::vector<plugin::Read>& reads() const override { return indicator_.reads(); }
  bool works_on(const plugin::AnalyserInfo&) const override { return true; }  // its reads tell
  bool has_prepare() const override { return indicator_.has_prepare(); }
  void prepare(const auspex_frame& frame) override { indicator_.prepare(frame); }
  void calculate(const auspex_frame& frame, std::span<double> values) override { indicator_.calculate(frame, values); }
  void finish(const std::function<std::string(std::size_t)>&) override {}

 private:
  plugin::Indicator indicator_;
};

std::int32_t entity_of(const std::string& column) {
  for (const auto entity : {AUSPEX_ENTITY_USER, AUSPEX_ENTITY_COURSE, AUSPEX_ENTITY_ENROLMENT, AUSPEX_ENTITY_ACTIVITY}) {
    if (entity_column(entity) == column) return entity;
  }
  return 0;
}

std::uint32_t bits_of(const std::vector<std::string>& entities) {
  std::uint32_t bits = 0;
  for (const auto& entity : entities) bits |= AUSPEX_ENTITY_BIT(entity_of(entity + "_id"));
  return bits;
}

// Takes the frames of all ranges, then asks once. Without a campus in the request it says what it is, and no more.
class SqlIndicator final : public Indicator {
 public:
  SqlIndicator(const Request& request, spec::SqlIndicator sql) : sql_(std::move(sql)) {
    info_.type = sql_.scale == spec::Scale::yes_no ? AUSPEX_INDICATOR_BINARY : AUSPEX_INDICATOR_LINEAR;
    info_.include_mean = info_.type == AUSPEX_INDICATOR_LINEAR;
    info_.required_entities = bits_of(sql_.needs);
    info_.optional_entities = bits_of(sql_.uses);
    if (!request.campus) return;
    query_.emplace(request.sql, *request.campus, sql_);
    for (const auto& from : query_->reads()) {
      auto& read = reads_.emplace_back();
      read.stage = AUSPEX_STAGE_CALCULATE;
      read.scope = AUSPEX_SCOPE_SAMPLE;
      read.window = sql_.until_end ? AUSPEX_WINDOW_UNTIL_END : AUSPEX_WINDOW_RANGE;
      read.table = from.table;
      read.columns = from.columns;
      for (const auto& [column, values] : from.conditions) read.conditions.push_back({column, values});
    }
  }

  const std::string& id() const override { return sql_.id; }
  const plugin::IndicatorInfo& info() const override { return info_; }
  const std::vector<plugin::Read>& reads() const override { return reads_; }
  bool works_on(const plugin::AnalyserInfo& analyser) const override {
    if (analyser.unit != AUSPEX_UNIT_SITE) return true;
    const auto own = AUSPEX_ENTITY_BIT(entity_of(key_column(analyser)));
    return sql_.select.empty() && ((info_.required_entities | info_.optional_entities) & own) != 0;
  }
  bool has_prepare() const override { return false; }
  void prepare(const auspex_frame&) override {}

  void calculate(const auspex_frame& frame, std::span<double> values) override {
    campus::SqlRange range{frame.start, frame.end, values.size(), {}, {}};
    for (std::size_t i = 0; i < frame.read_count; ++i) {
      const auto& from = frame.reads[i];
      auto& rows = range.reads.emplace_back();
      rows.begin = from.begin;
      rows.end = from.end;
      for (std::size_t c = 0; c < from.column_count; ++c) {
        rows.columns.push_back({from.columns[c].values, from.columns[c].validity});
      }
    }
    for (const auto& key : query_->keys()) {
      const auto* const end = frame.entities + frame.entity_count;
      const auto* const found = std::find_if(frame.entities, end, [&](const auspex_column& column) {
        return std::string_view(column.name.data, column.name.size) == key;
      });
      range.keys.push_back(found == end ? nullptr : static_cast<const std::int64_t*>(found->values));
    }
    query_->add(range, frame.analysable->start, frame.analysable->end);
    waiting_.push_back(values);
  }

  void finish(const std::function<std::string(std::size_t)>& sample) override {
    const auto values = query_->calculate(sample);
    for (std::size_t i = 0; i < waiting_.size(); ++i) std::copy(values[i].begin(), values[i].end(), waiting_[i].begin());
    waiting_.clear();
  }

 private:
  spec::SqlIndicator sql_;
  std::optional<campus::SqlQuery> query_;
  plugin::IndicatorInfo info_;
  std::vector<plugin::Read> reads_;
  std::vector<std::span<double>> waiting_;  // those of the ranges so far
};

}  // namespace

std::unique_ptr<Indicator> create_indicator(const Request& request, const spec::Component& component) {
  const auto& registry = *request.registry;
  if (registry.is_definition(component.id)) {
    return std::make_unique<SqlIndicator>(request, spec::sql_indicator(component));
  }
  return std::make_unique<PluginIndicator>(
      registry.indicator(component.id, component.parameters, request.model->compatibility));
}

}  // namespace auspex::analysis
