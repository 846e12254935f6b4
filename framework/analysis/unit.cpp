#include "analysis/unit.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "plugin/calling.hpp"

namespace auspex::analysis {
std::vector<std::size_t> reads_of(const std::vector<plugin::Read>& reads, int stage) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    if (reads[i].stage == stage) result.push_back(i);
  }
  return result;
}

namespace {

// A frame with all that it points to.
class Frame {
 public:
  Frame(const auspex_analysable& analysable, Time start, Time end, std::int64_t range_index, int purpose) {
    raw_.struct_size = sizeof(auspex_frame);
    raw_.purpose = purpose;
    raw_.analysable = &analysable;
    raw_.start = start;
    raw_.end = end;
    raw_.range_index = range_index;
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  void samples(const SampleKeys& samples) {
    raw_.sample_count = std::int64_t(samples.count);
    for (std::size_t i = 0; i < samples.entities.size(); ++i) names_.push_back(entity_column(samples.entities[i]));
    for (std::size_t i = 0; i < samples.entities.size(); ++i) {
      entities_.push_back({sizeof(auspex_column), AUSPEX_TYPE_ID, {names_[i].data(), names_[i].size()},
                           std::int64_t(samples.count), samples.ids[i].data(), nullptr, nullptr, 0});
    }
    raw_.entities = entities_.data();
    raw_.entity_count = entities_.size();
  }

  void reads(FrameMaker& maker, const std::vector<plugin::Read>& declared, int stage, std::uint32_t entities, Time as_of) {
    raw_.known_by = raw_.end == no_time ? as_of : std::min(raw_.end, as_of);
    for (const auto i : reads_of(declared, stage)) {
      const auto& read = declared[i];
      const auto known_by = read.window == AUSPEX_WINDOW_HISTORY ? as_of : raw_.known_by;
      reads_.push_back(maker.rows(read, entities, {read.window, raw_.start, raw_.end, known_by}));
    }
    raw_.reads = reads_.data();
    raw_.read_count = reads_.size();
  }

  /// One column a name; `values` must outlive the frame.
  void indicators(const std::vector<std::string>& names, const std::vector<std::vector<double>>& values) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& name = names_.emplace_back(names[i]);
      indicators_.push_back({sizeof(auspex_column), AUSPEX_TYPE_REAL, {name.data(), name.size()}, raw_.sample_count,
                             values[i].data(), nullptr, nullptr, 0});
    }
    raw_.indicators = indicators_.data();
    raw_.indicator_count = indicators_.size();
  }

  [[nodiscard]] const auspex_frame& raw() const { return raw_; }

 private:
  auspex_frame raw_{};
  std::deque<std::string> names_;
  std::vector<auspex_column> entities_;
  std::vector<auspex_column> indicators_;
  std::vector<auspex_rows> reads_;
};

AnalysableInfo describe(const Request& request, const auspex_analysable& a) {
  const char* kind = a.unit == AUSPEX_UNIT_COURSE ? "course" : "user";
  AnalysableInfo info{a.unit == AUSPEX_UNIT_SITE ? "site" : request.campus->dictionary(kind).text(a.key), "", a.start, a.end, a.order};
  info.label = info.id;
  return info;
}

// Analyses one unit with one worker's components.
class Unit {
 public:
  Unit(const Shared& shared, Components& components, Job job, Statistics& statistics)
      : shared_(shared), request_(shared.request), components_(components), job_(std::move(job)), statistics_(statistics) {}

  UnitResult run() {
    result_.key = job_.analysable.key;
    result_.analysable = describe(request_, job_.analysable);
    if (const auto events = job_.tables.own.find("events"); events != job_.tables.own.end()) {
      result_.events = std::int64_t(events->second.rows);
    }
    const SampleKeys nobody;
    FrameMaker whole(job_.tables, nobody);
    if (job_.analysable.unit == AUSPEX_UNIT_SITE) {
      samples_ = std::move(job_.samples);
    } else {
      const Stopwatch watch(statistics_.framing);
      samples_ = list_samples(request_, components_.analyser, job_.analysable, whole);
    }
    name_samples();
    if (request_.audit) audit_samples();
    mark_enrolment_ends();
    if (request_.training) run(Purpose::training, whole);
    if (request_.prediction) run(Purpose::prediction, whole);
    statistics_.events += result_.events;
    ++statistics_.analysables;
    return std::move(result_);
  }

 private:
  void name_samples() {
    const auto identity = components_.analyser.info().identity;
    const auto* users = samples_.of(AUSPEX_ENTITY_USER);
    for (std::size_t i = 0; i < samples_.count; ++i) result_.samples.push_back({"", users == nullptr ? -1 : (*users)[i], {}});
    for (const auto entity : samples_.entities) {
      if ((identity & AUSPEX_ENTITY_BIT(entity)) == 0) continue;
      const auto column = entity_column(entity);
      const auto& texts = request_.campus->dictionary(column.substr(0, column.size() - 3));
      const auto& ids = *samples_.of(entity);
      for (std::size_t i = 0; i < samples_.count; ++i) {
        auto& id = result_.samples[i].id;
        id += (id.empty() ? "" : "/") + texts.text(ids[i]);
      }
    }
  }

  // What groups the samples belong to, as far as it is known by as-of.
  void audit_samples() {
    for (const auto& audit : audit_columns(*request_.campus, components_.analyser.info())) {
      const auto& rows = job_.tables.at(audit.table);
      std::vector<const std::vector<std::int64_t>*> keys;
      for (const auto entity : samples_.entities) {
        if (std::find(audit.key.begin(), audit.key.end(), entity_column(entity)) != audit.key.end()) keys.push_back(samples_.of(entity));
      }
      std::map<std::vector<std::int64_t>, std::vector<std::size_t>> at;
      for (std::size_t i = 0; i < samples_.count; ++i) {
        std::vector<std::int64_t> key;
        for (const auto* ids : keys) key.push_back((*ids)[i]);
        at[key].push_back(i);
        result_.samples[i].audit.emplace_back();
      }
      std::vector<const TypedColumn*> columns;  // in the order of the keys: that of entities
      for (const auto entity : samples_.entities) {
        if (std::find(audit.key.begin(), audit.key.end(), entity_column(entity)) != audit.key.end()) {
          columns.push_back(rows.find(entity_column(entity)));
        }
      }
      const auto* values = rows.find(audit.column);
      const auto* declared = rows.table->find(audit.column);
      for (std::size_t row = 0; row < rows.rows; ++row) {
        std::vector<std::int64_t> key;
        for (const auto* column : columns) key.push_back(column->integers()[row]);
        const auto found = at.find(key);
        if (found == at.end() || !values->valid(row)) continue;
        for (const auto i : found->second) result_.samples[i].audit.back() = audit_text(*declared, *values, row);
      }
    }
  }

  [[nodiscard]] std::string audit_text(const campus::Column& declared, const TypedColumn& values, std::size_t row) const {
    switch (declared.type) {
      case campus::Type::word: return request_.campus->dictionary(declared.dictionary).text(values.words()[row]);
      case campus::Type::id: return request_.campus->dictionary(declared.dictionary).text(values.integers()[row]);
      case campus::Type::boolean: return values.booleans()[row] != 0 ? "yes" : "no";
      case campus::Type::real: return number_text(static_cast<const double*>(values.view().values)[row]);
      case campus::Type::integer:
      case campus::Type::time: return std::to_string(values.integers()[row]);
    }
    return {};
  }

  // When each sample's enrolment ended and when that became known.
  void mark_enrolment_ends() {
    ends_.assign(samples_.count, {std::numeric_limits<Time>::max(), std::numeric_limits<Time>::max()});
    const auto* ids = samples_.of(AUSPEX_ENTITY_ENROLMENT);
    if (ids == nullptr) return;
    const auto& rows = job_.tables.at("enrolments");
    const auto* end = rows.find("end");
    const auto* known = rows.find(rows.table->find("end")->late);
    std::map<std::int64_t, std::size_t> at;
    for (std::size_t i = 0; i < samples_.count; ++i) at[(*ids)[i]] = i;
    for (std::size_t row = 0; row < rows.rows; ++row) {
      const auto found = at.find(rows.find("enrolment_id")->integers()[row]);
      if (found == at.end() || !end->valid(row)) continue;
      const auto known_at = known == nullptr ? end->integers()[row] : known->integers()[row];
      ends_[found->second] = {end->integers()[row], known_at};
    }
  }

  [[nodiscard]] bool enrolled_at(std::size_t sample, Time time) const {
    return ends_[sample].first > time || ends_[sample].second > time;
  }

  void run(Purpose purpose, FrameMaker& whole) {
    auto& result = result_.purposes.emplace_back();
    result.purpose = purpose;
    const int abi_purpose = purpose == Purpose::training ? AUSPEX_FOR_TRAINING : AUSPEX_FOR_PREDICTION;
    Frame analysable(job_.analysable, no_time, request_.as_of, -1, abi_purpose);
    {
      const Stopwatch watch(statistics_.framing);
      analysable.reads(whole, components_.target.reads(), AUSPEX_STAGE_ANALYSABLE, 0, request_.as_of);
    }
    result.left_out = components_.target.check_analysable(analysable.raw());
    whole.clear_ranges();
    if (result.left_out) return;
    auto ranges = ranges_for(purpose, result);
    if (result.left_out) return;

    auto valid = valid_samples(abi_purpose, result);
    if (result.left_out) return;
    const auto keys = samples_.subset(valid);
    FrameMaker maker(job_.tables, keys);
    if (purpose == Purpose::training && !label(maker, keys, valid, result)) return;
    for (auto& range : ranges) {
      auto& out = result.ranges.emplace_back();
      out.index = range.first;
      out.range = std::move(range.second);
      out.samples = valid;
      for (const auto sample : valid) out.enrolled.push_back(enrolled_at(sample, std::min(out.range.end, request_.as_of)));
    }
    if (purpose == Purpose::training && request_.outcomes) mark_known_outcomes(whole, maker, keys, result);
    if (purpose == Purpose::prediction && !any_new(result)) {
      result.left_out = {"already_predicted", {}};
      result.ranges.clear();
      return;
    }
    if (request_.calculate) {
      calculate(maker, keys, valid, result);
      if (components_.target.info().is_static) decide(maker, keys, result);
      else if (purpose == Purpose::prediction) leave_out_without_values(result);
    }
    if (purpose == Purpose::prediction) {
      for (auto& range : result.ranges) range.typical = typical_values(range.values);
      keep_new(result);
    }
  }

  static std::vector<double> typical_values(const std::vector<std::vector<double>>& indicators) {
    std::vector<double> result;
    for (auto values : indicators) {
      std::erase_if(values, [](double value) { return std::isnan(value); });
      const auto middle = values.begin() + std::ptrdiff_t((values.size() - (values.empty() ? 0 : 1)) / 2);
      if (!values.empty()) std::nth_element(values.begin(), middle, values.end());
      result.push_back(values.empty() ? std::numeric_limits<double>::quiet_NaN() : *middle);
    }
    return result;
  }

  [[nodiscard]] bool is_new(std::size_t sample, std::int32_t range) const {
    return request_.history == nullptr || request_.history->predicted.count({result_.samples[sample].id, range}) == 0;
  }

  [[nodiscard]] bool any_new(const PurposeResult& result) const {
    return std::any_of(result.ranges.begin(), result.ranges.end(), [&](const auto& range) {
      return std::any_of(range.samples.begin(), range.samples.end(), [&](auto sample) { return is_new(sample, range.index); });
    });
  }

  // Indicators compare samples with each other, so they see all; only then those predicted before are taken out.
  void keep_new(PurposeResult& result) const {
    for (auto& range : result.ranges) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < range.samples.size(); ++i) {
        if (!is_new(range.samples[i], range.index)) continue;
        range.samples[kept] = range.samples[i];
        range.enrolled[kept] = range.enrolled[i];
        for (auto& values : range.values) values[kept] = values[i];
        if (!range.decisions.empty()) range.decisions[kept] = range.decisions[i];
        ++kept;
      }
      range.samples.resize(kept);
      range.enrolled.resize(kept);
      if (!range.decisions.empty()) range.decisions.resize(kept);
      for (auto& values : range.values) values.resize(kept);
    }
  }

  // Training: what the method offers and is ready (under compatibility: all of it). Prediction: the last that is ready.
  std::vector<std::pair<std::int32_t, plugin::Range>> ranges_for(Purpose purpose, PurposeResult& out) {
    Time first = no_time;
    if (request_.history != nullptr) {
      const auto found = request_.history->first_analysis.find(result_.analysable.id);
      if (found != request_.history->first_analysis.end()) first = found->second;
    }
    auto split = components_.splitter.ranges(job_.analysable.start, job_.analysable.end, request_.as_of, first);
    std::vector<std::pair<std::int32_t, plugin::Range>> result;
    if (split.reason) {
      out.left_out = std::move(split.reason);
      return result;
    }
    for (const auto& range : split.ranges) out.range_names.push_back(range.name);
    const auto add = [&](std::size_t i) { result.emplace_back(std::int32_t(i), std::move(split.ranges[i])); };
    if (purpose == Purpose::training) {
      for (const auto i : split.for_training()) {
        if (!request_.model->compatibility.empty() || split.ranges[i].predict_at <= request_.as_of) add(i);
      }
    } else if (const auto last = split.for_prediction(request_.as_of)) {
      add(*last);
    }
    if (result.empty()) out.left_out = {"no_ranges_ready", {}};
    return result;
  }

  std::vector<std::size_t> valid_samples(int abi_purpose, PurposeResult& result) {
    std::vector<std::size_t> valid;
    if (samples_.count == 0) {
      result.left_out = {"no_samples", {}};
      return valid;
    }
    FrameMaker maker(job_.tables, samples_);
    const auto codes = check_samples(maker, samples_, job_.analysable, abi_purpose, request_.as_of);
    const bool predicts = abi_purpose == AUSPEX_FOR_PREDICTION;
    for (std::size_t i = 0; i < samples_.count; ++i) {
      if (codes[i] != 0) {
        result.left_out_samples.push_back({i, components_.target.info().sample_reasons[std::size_t(codes[i] - 1)]});
      } else if (predicts && request_.history != nullptr && request_.history->trained.count(result_.samples[i].id) != 0) {
        result.left_out_samples.push_back({i, "used_for_training"});
      } else {
        valid.push_back(i);
      }
    }
    if (valid.empty()) result.left_out = {"no_valid_samples", {}};
    return valid;
  }

  // The target's verdict on each sample: 0, or 1 + the index of a reason.
  std::vector<std::int32_t> check_samples(FrameMaker& maker, const SampleKeys& keys, const auspex_analysable& analysable, int purpose,
                                          Time as_of) {
    Frame frame(analysable, no_time, as_of, -1, purpose);
    frame.samples(keys);
    {
      const Stopwatch watch(statistics_.framing);
      frame.reads(maker, components_.target.reads(), AUSPEX_STAGE_SAMPLES, components_.analyser.info().entities, as_of);
    }
    std::vector<std::int32_t> codes(keys.count, 0);
    components_.target.check_samples(frame.raw(), codes);
    maker.clear_ranges();
    return codes;
  }

  bool label(FrameMaker& maker, const SampleKeys& keys, const std::vector<std::size_t>& valid, PurposeResult& result) {
    Frame frame(job_.analysable, no_time, request_.as_of, -1, AUSPEX_FOR_TRAINING);
    frame.samples(keys);
    {
      const Stopwatch watch(statistics_.framing);
      frame.reads(maker, components_.target.reads(), AUSPEX_STAGE_LABEL, components_.analyser.info().entities, request_.as_of);
    }
    std::vector<double> labels(valid.size());
    components_.target.label(frame.raw(), labels);
    maker.clear_ranges();
    result.labels.assign(samples_.count, std::numeric_limits<double>::quiet_NaN());
    bool any = false;
    for (std::size_t i = 0; i < valid.size(); ++i) {
      result.labels[valid[i]] = labels[i];
      if (labels[i] != labels[i]) result.left_out_samples.push_back({valid[i], "no_label"});
      else any = true;
    }
    if (!any) result.left_out = {"no_labels", {}};
    return any;
  }

  // What the target would have said just before the end of each range, knowing what was known then.
  void mark_known_outcomes(FrameMaker& whole, FrameMaker& maker, const SampleKeys& keys, PurposeResult& result) {
    for (auto& out : result.ranges) {
      const auto then = std::min(out.range.end - 1, request_.as_of);
      out.outcome_known.assign(keys.count, 0);
      Frame analysable(job_.analysable, no_time, then, -1, AUSPEX_FOR_TRAINING);
      analysable.reads(whole, components_.target.reads(), AUSPEX_STAGE_ANALYSABLE, 0, then);
      const bool over = !components_.target.check_analysable(analysable.raw());
      whole.clear_ranges();
      if (!over) continue;
      const auto codes = check_samples(maker, keys, job_.analysable, AUSPEX_FOR_TRAINING, then);
      Frame frame(job_.analysable, no_time, then, -1, AUSPEX_FOR_TRAINING);
      frame.samples(keys);
      frame.reads(maker, components_.target.reads(), AUSPEX_STAGE_LABEL, components_.analyser.info().entities, then);
      std::vector<double> labels(keys.count);
      components_.target.label(frame.raw(), labels);
      maker.clear_ranges();
      for (std::size_t i = 0; i < keys.count; ++i) out.outcome_known[i] = codes[i] == 0 && !std::isnan(labels[i]) ? 1 : 0;
    }
  }

  void calculate(FrameMaker& maker, const SampleKeys& keys, const std::vector<std::size_t>& valid, PurposeResult& result) {
    for (auto& indicator : components_.indicators) {
      if (!indicator->has_prepare()) continue;
      Frame frame(job_.analysable, no_time, no_time, -1, 0);
      frame.reads(maker, indicator->reads(), AUSPEX_STAGE_PREPARE, 0, request_.as_of);
      indicator->prepare(frame.raw());
    }
    maker.clear_ranges();
    for (auto& out : result.ranges) {
      for (auto& indicator : components_.indicators) {
        const auto& info = indicator->info();
        const auto entities = components_.analyser.info().entities & (info.required_entities | info.optional_entities);
        Frame frame(job_.analysable, out.range.start, out.range.end, out.index, 0);
        frame.samples(keys);
        {
          const Stopwatch watch(statistics_.framing);
          frame.reads(maker, indicator->reads(), AUSPEX_STAGE_CALCULATE, entities, request_.as_of);
        }
        const Stopwatch watch(statistics_.calculating);
        auto& values = out.values.emplace_back(keys.count);
        indicator->calculate(frame.raw(), values);
        statistics_.values += std::int64_t(values.size());
      }
      maker.clear_ranges();
    }
    const Stopwatch watch(statistics_.calculating);
    for (auto& indicator : components_.indicators) {
      indicator->finish([&](std::size_t sample) { return result_.samples[valid[sample]].id; });
    }
  }

  // Static models: the target decides from the indicators' values of each range. A sample without any value is left out.
  void decide(FrameMaker& maker, const SampleKeys& keys, PurposeResult& result) {
    for (auto& out : result.ranges) {
      const auto precedent = shared_.precedents.find(out.index);
      const bool own = precedent == shared_.precedents.end();
      const auto& analysable = own ? job_.analysable : precedent->second.analysable;
      const auto& range = own ? out.range : precedent->second.range;
      Frame frame(analysable, range.start, range.end, out.index, AUSPEX_FOR_PREDICTION);
      frame.samples(keys);
      std::vector<std::string> names;
      for (const auto& indicator : request_.model->indicators) names.push_back(column_name(indicator));
      frame.indicators(names, out.values);
      {
        const Stopwatch watch(statistics_.framing);
        frame.reads(maker, components_.target.reads(), AUSPEX_STAGE_LABEL, components_.analyser.info().entities, request_.as_of);
      }
      out.decisions.resize(keys.count);
      components_.target.label(frame.raw(), out.decisions);
      maker.clear_ranges();
      std::vector<std::int32_t> codes(keys.count, 0);
      if (!own) codes = check_samples(maker, keys, analysable, AUSPEX_FOR_PREDICTION, request_.as_of);
      for (std::size_t i = 0; i < keys.count; ++i) {
        const auto valued = [&](const auto& values) { return !std::isnan(values[i]); };
        const char* reason = nullptr;
        if (codes[i] != 0) reason = components_.target.info().sample_reasons[std::size_t(codes[i] - 1)].c_str();
        else if (std::none_of(out.values.begin(), out.values.end(), valued)) reason = "no_indicator_values";
        else if (std::isnan(out.decisions[i])) reason = "not_decided";
        if (reason == nullptr) continue;
        out.decisions[i] = std::numeric_limits<double>::quiet_NaN();
        leave_out(result, out, i, reason);
      }
    }
  }

  // Samples that no indicator says anything about have no row in a dataset.
  void leave_out_without_values(PurposeResult& result) const {
    for (const auto& out : result.ranges) {
      for (std::size_t i = 0; i < out.samples.size(); ++i) {
        const auto valued = [&](const auto& values) { return !std::isnan(values[i]); };
        if (std::none_of(out.values.begin(), out.values.end(), valued)) leave_out(result, out, i, "no_indicator_values");
      }
    }
  }

  // Left out of a range. What was known of a range before is not said again.
  void leave_out(PurposeResult& result, const RangeResult& range, std::size_t i, const char* reason) const {
    if (is_new(range.samples[i], range.index)) result.left_out_samples.push_back({range.samples[i], reason, range.index});
  }

  const Shared& shared_;
  const Request& request_;
  Components& components_;
  Job job_;
  Statistics& statistics_;
  UnitResult result_;
  SampleKeys samples_;
  std::vector<std::pair<Time, Time>> ends_;
};

}  // namespace

SampleKeys list_samples(const Request& request, plugin::Analyser& analyser, const auspex_analysable& analysable, FrameMaker& maker) {
  SampleKeys samples;
  for (std::int32_t entity = 1; entity < 32; ++entity) {
    if ((analyser.info().entities & AUSPEX_ENTITY_BIT(entity)) != 0) samples.entities.push_back(entity);
  }
  samples.ids.resize(samples.entities.size());
  Frame frame(analysable, no_time, request.as_of, -1, 0);
  frame.reads(maker, analyser.reads(), AUSPEX_STAGE_SAMPLES, 0, request.as_of);
  analyser.samples(frame.raw(), [&](std::span<const std::int64_t> keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) samples.ids[i].push_back(keys[i]);
    ++samples.count;
  });
  return samples;
}

void leave_out_failed(UnitResult& result, const Request& request, const std::string& failure) {
  result.failure = failure;
  result.samples.clear();
  result.purposes.clear();
  const auto add = [&](Purpose purpose) {
    auto& left_out = result.purposes.emplace_back();
    left_out.purpose = purpose;
    left_out.left_out = {"component_failed", {{"error", failure}}};
  };
  if (request.training) add(Purpose::training);
  if (request.prediction) add(Purpose::prediction);
}

UnitResult analyse_unit(const Shared& shared, Components& components, Job job, Statistics& statistics) {
  UnitResult failed{job.analysable.key, describe(shared.request, job.analysable), 0, {}, {}, {}};
  const plugin::Subject subject(failed.analysable.id);
  try {
    return Unit(shared, components, std::move(job), statistics).run();
  } catch (const plugin::ProcessEnded& ended) {
    ++statistics.analysables;
    leave_out_failed(failed, shared.request, ended.problems().front().message);
    return failed;
  }
}

}  // namespace auspex::analysis
