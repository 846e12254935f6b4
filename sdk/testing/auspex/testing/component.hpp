// A component under test, driven through the C tables of its plugin just as the host drives it, and held to the same rules.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/sdk.hpp>
#include <auspex/testing/campus.hpp>
#include <auspex/testing/frame.hpp>
#include <auspex/testing/host.hpp>
#include <auspex/testing/matrix.hpp>
#include <auspex/testing/parameters.hpp>

namespace auspex::testing {

/// What a time splitting method makes of a life: ranges, or the reason's id.
struct split {
  std::vector<range> ranges;
  std::string reason;
  std::map<std::string, std::string> arguments;
};

/// An instance of a component, by its plugin's entry; for a class of the C++ SDK there is component<C>. What the component
/// reports as an error is thrown as std::runtime_error with its message, what breaks the contract as std::logic_error.
class instance {
 public:
  instance(const auspex_plugin_entry& plugin, std::string_view id, const parameters& given = {},
           std::string compatibility = {})
      : instance(find(plugin, id), plugin.init, given, std::move(compatibility)) {}
  ~instance() {
    if (self_ != nullptr) component_->destroy(self_);
  }
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;

  [[nodiscard]] const std::vector<declared_read>& reads() const { return reads_; }

  // ---- indicators

  /// Prepares for the analysable, then one value a sample; NaN = none.
  std::vector<double> calculate(const campus& of, const situation& s) {
    const auto& table = functions<auspex_indicator>(AUSPEX_INDICATOR);
    const auto info = described<auspex_indicator_info>(table);
    if (AUSPEX_HAS(auspex_indicator, &table, prepare) && table.prepare != nullptr) {
      const made_frame settings(of, s, reads_, AUSPEX_STAGE_PREPARE, 0);
      call([&](auspex_error* e) { return table.prepare(self_, settings.raw(), e); });
    }
    for (const auto& one : s.samples) {
      for (const auto& entity : detail::all_entities) {
        if ((info.required_entities & AUSPEX_ENTITY_BIT(entity.number)) != 0 && !(one.*entity.id)) {
          broken(std::string("it needs ") + entity.column + " of a sample, and one of these has none");
        }
      }
    }
    std::vector<double> values(s.samples.size(), none);
    const made_frame frame(of, s, reads_, AUSPEX_STAGE_CALCULATE, info.required_entities | info.optional_entities);
    call([&](auspex_error* e) { return table.calculate(self_, frame.raw(), values.data(), e); });
    for (const auto v : values) check_value(info, v);
    return values;
  }

  // ---- time splitting methods

  testing::split ranges(const life& of) {
    const auto& table = functions<auspex_time_splitter>(AUSPEX_TIME_SPLITTER);
    testing::split result;
    const auspex_life raw{sizeof(auspex_life), of.start.value_or(no_time), of.end.value_or(no_time), of.as_of,
                          of.first_analysis.value_or(no_time)};
    const auspex_range_sink sink{sizeof(auspex_range_sink), &result.ranges, [](void* context, const auspex_range* r) {
                                   static_cast<std::vector<range>*>(context)->push_back(
                                       {r->start, r->end, r->predict_at, r->for_training != 0, std::string(view(r->name))});
                                 }};
    auspex_reason why{};
    why.struct_size = sizeof why;
    call([&](auspex_error* e) { return table.ranges(self_, &raw, &sink, &why, e); });
    result.reason = why.id;
    for (std::uint32_t i = 0; i < why.argument_count; ++i) result.arguments[why.arguments[i].name] = why.arguments[i].value;
    if (!result.reason.empty() && !result.ranges.empty()) broken("it gives ranges and the reason '" + result.reason + "'");
    for (std::size_t i = 0; i < result.ranges.size(); ++i) {
      const auto& r = result.ranges[i];
      if (!moodle_ && r.end < r.start) broken("range " + std::to_string(i) + " ends before it starts");
      if (moodle_ || i == 0) continue;
      const auto& last = result.ranges[i - 1];
      if (std::pair(r.start, r.end) < std::pair(last.start, last.end))
        broken("range " + std::to_string(i) + " comes before the one given earlier");
    }
    return result;
  }

  // ---- targets

  /// The reason's id, or "".
  std::string check_analysable(const campus& of, const situation& s) {
    const auto& table = functions<auspex_target>(AUSPEX_TARGET);
    const made_frame frame(of, s, reads_, AUSPEX_STAGE_ANALYSABLE, 0);
    auspex_reason why{};
    why.struct_size = sizeof why;
    call([&](auspex_error* e) { return table.check_analysable(self_, frame.raw(), &why, e); });
    return why.id;
  }

  /// A reason's id or "" for each sample.
  std::vector<std::string> check_samples(const campus& of, const situation& s) {
    const auto& table = functions<auspex_target>(AUSPEX_TARGET);
    const auto info = described_target();
    const made_frame frame(of, whole(s), reads_, AUSPEX_STAGE_SAMPLES, every_entity);
    std::vector<std::int32_t> codes(s.samples.size(), 0);
    call([&](auspex_error* e) { return table.check_samples(self_, frame.raw(), codes.data(), e); });
    std::vector<std::string> result;
    for (const auto code : codes) {
      if (code < 0 || std::size_t(code) > info.sample_reason_count)
        broken("check_samples gives the code " + std::to_string(code));
      result.emplace_back(code == 0 ? std::string_view() : view(info.sample_reasons[code - 1]));
    }
    return result;
  }

  /// One label a sample; NaN = none.
  std::vector<double> label(const campus& of, const situation& s) {
    const auto& table = functions<auspex_target>(AUSPEX_TARGET);
    const auto info = described_target();
    const made_frame frame(of, info.is_static != 0 ? s : whole(s), reads_, AUSPEX_STAGE_LABEL, every_entity);
    std::vector<double> labels(s.samples.size(), none);
    call([&](auspex_error* e) { return table.label(self_, frame.raw(), labels.data(), e); });
    for (const auto v : labels) {
      if (std::isnan(v)) continue;
      const bool good = info.type == AUSPEX_TARGET_LINEAR
                            ? v >= info.minimum && v <= info.maximum
                            : std::find(info.classes, info.classes + info.class_count, v) != info.classes + info.class_count;
      if (!good) broken("it gave the label " + std::to_string(v) + ", which is none of its own");
    }
    return labels;
  }

  // ---- analysers

  /// In the order in which the analyser gives them.
  std::vector<auspex_analysable> analysables(const campus& of, time as_of = std::numeric_limits<time>::max()) {
    const auto& table = functions<auspex_analyser>(AUSPEX_ANALYSER);
    situation s{.unit = AUSPEX_UNIT_SITE, .key = 0, .as_of = as_of};
    const made_frame frame(of, s, reads_, AUSPEX_STAGE_LIST, 0);
    std::vector<auspex_analysable> result;
    const auspex_analysable_sink sink{sizeof(auspex_analysable_sink), &result,
                                      [](void* context, const auspex_analysable* a) {
                                        static_cast<std::vector<auspex_analysable>*>(context)->push_back(*a);
                                      }};
    call([&](auspex_error* e) { return table.analysables(self_, frame.raw(), &sink, e); });
    return result;
  }

  /// The ids of each sample, in ascending order of the entity.
  std::vector<std::vector<std::int64_t>> samples(const campus& of, situation s) {
    const auto& table = functions<auspex_analyser>(AUSPEX_ANALYSER);
    const auto info = described<auspex_analyser_info>(table);
    s.unit = info.unit;
    const made_frame frame(of, whole(s), reads_, AUSPEX_STAGE_SAMPLES, 0);
    using keys = std::vector<std::vector<std::int64_t>>;
    keys result;
    const auspex_sample_sink sink{sizeof(auspex_sample_sink), &result,
                                  [](void* context, const std::int64_t* ids, std::size_t count) {
                                    static_cast<keys*>(context)->emplace_back(ids, ids + count);
                                  }};
    call([&](auspex_error* e) { return table.samples(self_, frame.raw(), &sink, e); });
    for (const auto& ids : result) {
      if (ids.size() != std::size_t(std::popcount(info.entities))) broken("a sample has not one id an entity");
    }
    return result;
  }

  // ---- ML backends

  /// The model as bytes.
  std::string train(const examples& given) {
    const auto& table = functions<auspex_ml_backend>(AUSPEX_ML_BACKEND);
    const made_matrix matrix(given, true);
    std::string model;
    const auspex_byte_sink sink{sizeof(auspex_byte_sink), &model, [](void* context, const void* data, std::size_t size) {
                                  static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
                                }};
    call([&](auspex_error* e) { return table.train(self_, matrix.raw(), &sink, e); });
    if (model.empty()) broken("the model is empty");
    return model;
  }

  /// For each row the probability of each class, or for regression the value.
  std::vector<std::vector<double>> predict(const std::string& model, const examples& given) {
    const auto& table = functions<auspex_ml_backend>(AUSPEX_ML_BACKEND);
    const made_matrix matrix(given, false);
    auto result = ask(table.predict, model, matrix, std::max<std::size_t>(1, given.class_count));
    for (const auto& one : result) {
      double sum = 0;
      for (const auto p : one) {
        if (given.class_count > 0 && (p < 0 || p > 1)) broken("it predicted the probability " + std::to_string(p));
        sum += p;
      }
      if (given.class_count > 0 && std::abs(sum - 1) > 1e-3)
        broken("probabilities of a row add up to " + std::to_string(sum));
    }
    return result;
  }

  /// For each row the share of each column in the margin of class 1, then the constant.
  std::vector<std::vector<double>> contributions(const std::string& model, const examples& given) {
    const auto& table = functions<auspex_ml_backend>(AUSPEX_ML_BACKEND);
    if (table.contributions == nullptr) broken("it gives no contributions");
    return ask(table.contributions, model, made_matrix(given, false), given.columns.size() + 1);
  }

 protected:
  instance(const auspex_component& component, auspex_status (*init)(const auspex_host*, auspex_error*),
           const parameters& given, std::string compatibility)
      : component_(&component), moodle_(!compatibility.empty()) {
    if (init != nullptr) call([&](auspex_error* e) { return init(host::get().services(), e); });
    const detail::arguments arguments({component.parameters, component.parameter_count}, given);
    call([&](auspex_error* e) {
      return component.create(arguments.data(), arguments.size(), str(compatibility), &self_, e);
    });
    try {
      declare();
    } catch (...) {
      component.destroy(self_);
      self_ = nullptr;
      throw;
    }
  }

 private:
  static constexpr std::uint32_t every_entity = user | course | enrolment | activity;

  static const auspex_component& find(const auspex_plugin_entry& plugin, std::string_view id) {
    for (std::size_t i = 0; i < plugin.component_count; ++i) {
      if (view(plugin.components[i]->id) == id) return *plugin.components[i];
    }
    throw std::invalid_argument("the plugin has no component '" + std::string(id) + "'");
  }

  /// Targets and analysers see no range.
  static situation whole(situation s) {
    s.range_start = s.range_end = no_time;
    return s;
  }

  void declare() {
    if (component_->declare == nullptr) return;
    const auspex_read_sink sink{sizeof(auspex_read_sink), &reads_, [](void* context, const auspex_read* read) {
                                  declared_read r{read->stage, read->scope, read->window, std::string(view(read->table)),
                                                  {},          {}};
                                  for (std::size_t i = 0; i < read->column_count; ++i)
                                    r.columns.emplace_back(view(read->columns[i]));
                                  for (std::size_t i = 0; i < read->condition_count; ++i) {
                                    const auto& condition = read->conditions[i];
                                    auto& wanted = r.conditions[std::string(view(condition.column))];
                                    for (std::size_t k = 0; k < condition.value_count; ++k)
                                      wanted.emplace_back(view(condition.values[k]));
                                  }
                                  static_cast<std::vector<declared_read>*>(context)->push_back(std::move(r));
                                }};
    call([&](auspex_error* e) { return component_->declare(self_, &sink, e); });
    const auto kind = view(component_->interface_id);
    std::size_t listing = 0;
    for (const auto& r : reads_) {
      const auto what = "the read of '" + r.table + "' ";
      if (r.columns.empty()) broken(what + "names no columns");
      listing += r.stage == AUSPEX_STAGE_LIST ? 1 : 0;
      const bool samples = r.stage == AUSPEX_STAGE_CALCULATE || r.stage == AUSPEX_STAGE_LABEL ||
                           (kind == AUSPEX_TARGET && r.stage == AUSPEX_STAGE_SAMPLES);
      if (r.scope == AUSPEX_SCOPE_SAMPLE && !samples) broken(what + "has the scope sample, but that call has no samples");
      if (r.stage == AUSPEX_STAGE_CALCULATE && r.window == AUSPEX_WINDOW_HISTORY && !moodle_) {
        broken(what + "asks for the whole history: an indicator may look past the range's end only under compatibility");
      }
    }
    if (kind == AUSPEX_ANALYSER && listing != 1) broken("an analyser declares one read for listing");
  }

  template <class Table>
  [[nodiscard]] const Table& functions(std::string_view kind) const {
    if (view(component_->interface_id) != kind) {
      throw std::invalid_argument(std::string(view(component_->id)) + " is no " + std::string(kind));
    }
    return *static_cast<const Table*>(component_->functions);
  }

  template <class Info, class Table>
  [[nodiscard]] Info described(const Table& table) {
    Info info{};
    info.struct_size = sizeof info;
    call([&](auspex_error* e) { return table.describe(self_, &info, e); });
    return info;
  }
  [[nodiscard]] auspex_target_info described_target() {
    return described<auspex_target_info>(functions<auspex_target>(AUSPEX_TARGET));
  }

  void check_value(const auspex_indicator_info& info, double v) const {
    if (std::isnan(v)) return;
    // Moodle looks for PHP's intval of the value among the classes.
    const auto looked_for = moodle_ ? std::trunc(v) : v;
    const auto* const end = info.classes + info.class_count;
    const bool good = info.type == AUSPEX_INDICATOR_BINARY     ? looked_for == -1 || looked_for == 1
                      : info.type == AUSPEX_INDICATOR_DISCRETE ? std::find(info.classes, end, looked_for) != end
                                                               : v >= -1 && v <= 1;
    if (!good) broken("it gave the value " + std::to_string(v) + ", which is none of its own");
  }

  template <class Function>
  std::vector<std::vector<double>> ask(Function function, const std::string& model, const made_matrix& matrix,
                                       std::size_t width) {
    const auto rows = std::size_t(matrix.raw()->rows);
    std::vector<double> out(rows * width, none);
    call([&](auspex_error* e) { return function(self_, model.data(), model.size(), matrix.raw(), out.data(), e); });
    std::vector<std::vector<double>> result;
    for (std::size_t r = 0; r < rows; ++r) {
      const auto first = out.begin() + std::ptrdiff_t(r * width);
      result.emplace_back(first, first + std::ptrdiff_t(width));
      for (const auto v : result.back()) {
        if (!std::isfinite(v)) broken("it gave " + std::to_string(v) + " for row " + std::to_string(r));
      }
    }
    return result;
  }

  template <class Call>
  static void call(Call&& function) {
    auspex_error error{};
    error.struct_size = sizeof error;
    if (function(&error) != AUSPEX_OK) throw std::runtime_error(error.message);
  }

  [[noreturn]] void broken(const std::string& what) const {
    throw std::logic_error(std::string(view(component_->id)) + " breaks the contract: " + what);
  }

  const auspex_component* component_;
  bool moodle_;
  void* self_ = nullptr;
  std::vector<declared_read> reads_;
};

/// An instance of a class written with the C++ SDK.
template <class C>
class component : public instance {
 public:
  explicit component(const parameters& given = {}, std::string compatibility = {})
      : instance(auspex::detail::component_of<C>, &auspex::detail::remember_host, given, std::move(compatibility)) {}
};

/// The situation of the campus's students in a range: start < t <= end. The course's life is that of its row, if it has one.
inline situation of_students(const campus& of, time range_start, time range_end) {
  situation s{.range_start = range_start, .range_end = range_end, .as_of = range_end};
  for (const auto& one : of.students) {
    if (one.course == s.key) s.samples.push_back(one);
  }
  if (const auto courses = of.tables.find("courses"); courses != of.tables.end()) {
    for (const auto& r : courses->second) {
      if (detail::at(r, "course_id").integer() != s.key) continue;
      if (const auto& start = detail::at(r, "start"); !start.missing()) s.start = start.integer();
      if (const auto& end = detail::at(r, "end"); !end.missing()) s.end = end.integer();
    }
  }
  return s;
}

struct between {
  time start, end;
};

/// An indicator's value for each of the campus's students in course 1, in the order in which they were added.
template <class C>
std::vector<double> values(const campus& of, between range, const parameters& given = {}) {
  return component<C>(given).calculate(of, of_students(of, range.start, range.end));
}

/// The same for the first student.
template <class C>
double value_of(const campus& of, between range, const parameters& given = {}) {
  return values<C>(of, range, given).at(0);
}

}  // namespace auspex::testing
