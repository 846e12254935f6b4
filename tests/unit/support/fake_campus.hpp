// A small host for tests of components: rows of tables in memory, and every frame that a component declares reads for.
//
// It follows the contract in the plainest way: filter by condition, scope, window; sort by time; one call a frame. Rows are
// maps from column to value; a column that a row lacks is missing there. Types follow from the values and the names.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <auspex/sdk.hpp>
#include <nlohmann/json.hpp>

namespace fake {

struct Value : std::variant<std::monostate, std::int64_t, double, bool, std::string> {
  Value() = default;
  Value(int v) : variant(std::int64_t{v}) {}
  Value(std::int64_t v) : variant(v) {}
  Value(double v) : variant(v) {}
  Value(bool v) : variant(v) {}
  Value(const char* v) : variant(std::string(v)) {}
  Value(std::string v) : variant(std::move(v)) {}
  [[nodiscard]] bool missing() const { return index() == 0; }
  [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(*this); }
};

using Row = std::map<std::string, Value>;

struct Campus {
  std::map<std::string, std::vector<Row>> tables;

  Campus& add(const std::string& table, Row row) {
    tables[table].push_back(std::move(row));
    return *this;
  }
};

/// Samples have a user, a course or an activity where any of a situation has one.
struct Sample {
  std::int64_t user = 0, course = 0, enrolment = 0;
  std::int64_t activity = 0;  ///< 0: none
};

/// What one call is about.
struct Situation {
  std::int64_t course = 1;                                                ///< 0: the site
  std::int64_t start = AUSPEX_NO_TIME, end = AUSPEX_NO_TIME;              ///< of the analysable
  std::int64_t range_start = AUSPEX_NO_TIME, range_end = AUSPEX_NO_TIME;  ///< none: range_end is as_of
  std::int64_t as_of = std::numeric_limits<std::int64_t>::max();
  std::int32_t purpose = 0;
  std::vector<Sample> samples = {};
  std::map<std::string, std::vector<double>> indicators = {};  ///< static targets: by column, one value a sample
};

struct Read {
  std::int32_t stage, scope, window;
  std::string table;
  std::vector<std::string> columns;
  std::map<std::string, std::vector<std::string>> conditions;
};

struct Reason {
  std::string id;
  std::map<std::string, std::string> arguments;
};

/// Buffers of one frame.
class Frame {
 public:
  Frame(const Campus& campus, const Situation& situation, const std::vector<Read>& reads, std::int32_t stage)
      : analysable_{sizeof(auspex_analysable), AUSPEX_UNIT_COURSE, situation.course, situation.start, situation.end} {
    const bool listing = stage == AUSPEX_STAGE_LIST;
    const auto& samples = situation.samples;
    const bool of_users = std::ranges::any_of(samples, [](const Sample& s) { return s.user != 0; });
    const bool of_courses = std::ranges::any_of(samples, [](const Sample& s) { return s.course != 0; });
    const bool of_activities = std::ranges::any_of(samples, [](const Sample& s) { return s.activity != 0; });
    for (const auto& [name, member] : {std::pair{"user_id", &Sample::user}, std::pair{"course_id", &Sample::course},
                                       std::pair{"enrolment_id", &Sample::enrolment}, std::pair{"activity_id", &Sample::activity}}) {
      if (member == &Sample::user && !of_users) continue;
      if (member == &Sample::course && !of_courses) continue;
      if (member == &Sample::activity && !of_activities) continue;
      auto& ids = ids_.emplace_back();
      for (const auto& s : samples) ids.push_back(s.*member);
      entities_.push_back({sizeof(auspex_column), AUSPEX_TYPE_ID, auspex::str(name), std::int64_t(ids.size()), ids.data(),
                           nullptr, nullptr, 0});
    }
    for (const auto& read : reads) {
      if (read.stage != stage) continue;
      auto& data = data_.emplace_back();
      std::vector<const Row*> rows;
      const auto add_group = [&](auto&& belongs) {
        data.begin.push_back(std::int64_t(rows.size()));
        std::vector<const Row*> group;
        if (const auto table = campus.tables.find(read.table); table != campus.tables.end()) {
          for (const auto& row : table->second) {
            if (belongs(row) && meets(row, read) && within(row, read, situation)) group.push_back(&row);
          }
        }
        std::ranges::stable_sort(group, {}, [&](const Row* row) { return time_of(*row, read.table).value_or(0); });
        rows.insert(rows.end(), group.begin(), group.end());
        data.end.push_back(std::int64_t(rows.size()));
      };
      if (read.scope == AUSPEX_SCOPE_ANALYSABLE) {
        const bool all = listing || situation.course == 0;
        add_group([&](const Row& row) { return all || equal(row, "course_id", situation.course); });
      } else {
        for (const auto& s : samples) {
          add_group([&](const Row& row) {
            return (!of_courses || equal(row, "course_id", s.course)) && (!of_users || equal(row, "user_id", s.user)) &&
                   (s.activity == 0 || equal(row, "activity_id", s.activity));
          });
        }
      }
      for (const auto& name : read.columns) fill(data, name, rows);
      reads_.push_back({sizeof(auspex_rows), read.scope, data.columns.size(), data.columns.data(), data.begin.data(),
                        data.end.data()});
    }
    for (const auto& [name, values] : situation.indicators) {
      indicators_.push_back({sizeof(auspex_column), AUSPEX_TYPE_REAL, auspex::str(name), std::int64_t(values.size()),
                             values.data(), nullptr, nullptr, 0});
    }
    const auto end = situation.range_end == AUSPEX_NO_TIME ? situation.as_of : situation.range_end;
    raw_ = {sizeof(auspex_frame),
            situation.purpose,
            &analysable_,
            situation.range_start,
            end,
            0,
            std::int64_t(samples.size()),
            entities_.data(),
            entities_.size(),
            reads_.data(),
            reads_.size(),
            indicators_.data(),
            indicators_.size(),
            std::min(end, situation.as_of)};
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  [[nodiscard]] const auspex_frame* raw() const { return &raw_; }

 private:
  struct Data {
    std::vector<std::int64_t> begin, end;
    std::deque<std::vector<std::int64_t>> integers;
    std::deque<std::vector<double>> reals;
    std::deque<std::vector<std::uint8_t>> bytes;
    std::deque<std::vector<std::int32_t>> codes;
    std::deque<std::vector<auspex_str>> dictionaries;
    std::vector<auspex_column> columns;
  };

  static const Value& at(const Row& row, const std::string& column) {
    static const Value missing;
    const auto found = row.find(column);
    return found == row.end() ? missing : found->second;
  }

  /// Whether the row's key is `key`; a table without that column does not care.
  static bool equal(const Row& row, const std::string& column, std::int64_t key) {
    const auto found = row.find(column);
    return found == row.end() || (!found->second.missing() && found->second.integer() == key);
  }

  static bool meets(const Row& row, const Read& read) {
    return std::ranges::all_of(read.conditions, [&](const auto& condition) {
      const auto& value = at(row, condition.first);
      if (value.missing()) return false;
      if (const auto* flag = std::get_if<bool>(&value)) return std::ranges::count(condition.second, *flag ? "true" : "false") > 0;
      return std::ranges::count(condition.second, std::get<std::string>(value)) > 0;
    });
  }

  static std::optional<std::int64_t> time_of(const Row& row, const std::string& table) {
    static const std::map<std::string, std::string> times{
        {"events", "time"}, {"grades", "graded_at"}, {"completions", "completed_at"}, {"competencies", "rated_at"}, {"calendar", "due"}};
    const auto found = times.find(table);
    if (found == times.end() || at(row, found->second).missing()) return std::nullopt;
    return at(row, found->second).integer();
  }

  static bool within(const Row& row, const Read& read, const Situation& situation) {
    const auto time = time_of(row, read.table);
    const auto& known_at = at(row, "known_at");
    // What is due in the calendar is known before its time.
    const auto known = known_at.missing() ? (read.table == "calendar" ? std::nullopt : time) : std::optional(known_at.integer());
    const bool whole = read.window == AUSPEX_WINDOW_HISTORY || situation.range_end == AUSPEX_NO_TIME;
    if (known && *known > (whole ? situation.as_of : std::min(situation.range_end, situation.as_of))) return false;
    if (whole || !time) return true;
    return *time <= situation.range_end && (read.window != AUSPEX_WINDOW_RANGE || *time > situation.range_start);
  }

  static void fill(Data& data, const std::string& name, const std::vector<const Row*>& rows) {
    const auto first = std::ranges::find_if(rows, [&](const Row* row) { return !at(*row, name).missing(); });
    const Value kind = first == rows.end() ? Value() : at(**first, name);
    auto& validity = data.bytes.emplace_back((rows.size() + 7) / 8);
    bool complete = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (at(*rows[i], name).missing()) complete = false;
      else validity[i / 8] = std::uint8_t(validity[i / 8] | 1u << (i % 8));
    }
    auspex_column column{sizeof(auspex_column), 0, auspex::str(name), std::int64_t(rows.size()), nullptr,
                         complete ? nullptr : validity.data(), nullptr, 0};
    if (std::holds_alternative<double>(kind)) {
      auto& values = data.reals.emplace_back();
      for (const auto* row : rows) values.push_back(at(*row, name).missing() ? 0 : std::get<double>(at(*row, name)));
      column.type = AUSPEX_TYPE_REAL;
      column.values = values.data();
    } else if (std::holds_alternative<bool>(kind)) {
      auto& values = data.bytes.emplace_back();
      for (const auto* row : rows) values.push_back(at(*row, name).missing() ? 0 : std::get<bool>(at(*row, name)) ? 1 : 0);
      column.type = AUSPEX_TYPE_BOOL;
      column.values = values.data();
    } else if (std::holds_alternative<std::string>(kind)) {
      auto& codes = data.codes.emplace_back();
      auto& dictionary = data.dictionaries.emplace_back();
      for (const auto* row : rows) {
        const auto& value = at(*row, name);
        const auto text = value.missing() ? std::string_view() : std::string_view(std::get<std::string>(value));
        auto found = std::ranges::find_if(dictionary, [&](const auto& word) { return auspex::view(word) == text; });
        if (found == dictionary.end()) found = dictionary.insert(found, auspex::str(text));
        codes.push_back(std::int32_t(found - dictionary.begin()));
      }
      column.type = AUSPEX_TYPE_WORD;
      column.values = codes.data();
      column.dictionary = dictionary.data();
      column.dictionary_size = std::int64_t(dictionary.size());
    } else {
      auto& values = data.integers.emplace_back();
      for (const auto* row : rows) values.push_back(at(*row, name).missing() ? 0 : at(*row, name).integer());
      const bool is_time = name == "start" || name == "end";
      column.type = name.ends_with("_id") ? AUSPEX_TYPE_ID : is_time ? AUSPEX_TYPE_TIME : AUSPEX_TYPE_INT;
      column.values = values.data();
    }
    data.columns.push_back(column);
  }

  auspex_analysable analysable_;
  std::deque<std::vector<std::int64_t>> ids_;
  std::vector<auspex_column> entities_;
  std::deque<Data> data_;
  std::vector<auspex_rows> reads_;
  std::vector<auspex_column> indicators_;
  auspex_frame raw_{};
};

/// A component of type C, driven through the C tables of its kind. Failures throw the message that the host would see.
template <class C>
class Component {
 public:
  /// Parameters that are absent get their declared defaults, as from the host.
  explicit Component(nlohmann::json parameters = nlohmann::json::object(), std::string compatibility = {}) {
    std::vector<auspex_argument> arguments;
    std::deque<std::vector<double>> reals;
    std::deque<std::vector<std::int64_t>> integers;
    std::deque<std::vector<auspex_str>> texts;
    std::deque<std::string> stored;
    for (const auspex_parameter& p : C::parameters) {
      const std::string name(auspex::view(p.name));
      if (!parameters.contains(name)) {
        if (p.required) throw std::invalid_argument("missing parameter " + name);
        if (p.default_json.size == 0) continue;
        parameters[name] = nlohmann::json::parse(auspex::view(p.default_json));
      }
      auto value = parameters[name];
      if (value.is_null()) continue;
      if (!p.is_list) value = nlohmann::json::array({value});
      auto& r = reals.emplace_back();
      auto& n = integers.emplace_back();
      auto& t = texts.emplace_back();
      for (const auto& element : value) {
        if (element.is_string()) t.push_back(auspex::str(stored.emplace_back(element.get<std::string>())));
        if (element.is_number()) r.push_back(element.get<double>());
        if (element.is_boolean()) n.push_back(element.get<bool>() ? 1 : 0);
        if (element.is_number_integer()) n.push_back(element.get<std::int64_t>());
      }
      arguments.push_back({sizeof(auspex_argument), p.type, p.is_list, p.name, value.size(), r.data(), n.data(), t.data()});
    }
    auto error = fresh();
    const auto text = auspex::str(compatibility);
    require(auspex::detail::create<C>(arguments.data(), arguments.size(), text, &self_, &error), error);
    const auspex_read_sink sink{sizeof(auspex_read_sink), &reads_, &remember};
    require(auspex::detail::declare<C>(self_, &sink, &error), error);
  }
  ~Component() {
    if (self_ != nullptr) auspex::detail::destroy<C>(self_);
  }
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;

  [[nodiscard]] const std::vector<Read>& reads() const { return reads_; }

  /// Indicators: prepared for the course, then one value a sample.
  std::vector<double> calculate(const Campus& campus, const Situation& situation) {
    if (const auto prepare = auspex::detail::functions_of_indicator<C>::table.prepare; prepare != nullptr) {
      const Frame settings(campus, situation, reads_, AUSPEX_STAGE_PREPARE);
      auto error = fresh();
      require(prepare(self_, settings.raw(), &error), error);
    }
    std::vector<double> values(situation.samples.size(), 777);
    const Frame frame(campus, situation, reads_, AUSPEX_STAGE_CALCULATE);
    auto error = fresh();
    require(auspex::detail::functions_of_indicator<C>::table.calculate(self_, frame.raw(), values.data(), &error), error);
    return values;
  }

  /// Time splitters: the ranges, or the reason.
  std::variant<std::vector<auspex::range>, Reason> ranges(std::int64_t start, std::int64_t end, std::int64_t as_of = 0) {
    std::vector<auspex::range> result;
    const auspex_life life{sizeof(auspex_life), start, end, as_of, AUSPEX_NO_TIME};
    const auspex_range_sink sink{
        sizeof(auspex_range_sink), &result, [](void* context, const auspex_range* r) {
          auto& to = *static_cast<std::vector<auspex::range>*>(context);
          to.push_back({r->start, r->end, r->predict_at, r->for_training != 0, std::string(auspex::view(r->name))});
        }};
    auspex_reason why{};
    why.struct_size = sizeof why;
    auto error = fresh();
    require(auspex::detail::functions_of_time_splitter<C>::table.ranges(self_, &life, &sink, &why, &error), error);
    if (why.id[0] != 0) return plain(why);
    return result;
  }

  /// Targets: the reason's id, or "".
  std::string check_analysable(const Campus& campus, const Situation& situation) {
    const Frame frame(campus, situation, reads_, AUSPEX_STAGE_ANALYSABLE);
    auspex_reason why{};
    why.struct_size = sizeof why;
    auto error = fresh();
    require(auspex::detail::functions_of_target<C>::table.check_analysable(self_, frame.raw(), &why, &error), error);
    return why.id;
  }

  /// Targets: a reason's id or "" for each sample.
  std::vector<std::string> check_samples(const Campus& campus, const Situation& situation) {
    const Frame frame(campus, situation, reads_, AUSPEX_STAGE_SAMPLES);
    std::vector<std::int32_t> codes(situation.samples.size(), -1);
    auto error = fresh();
    require(auspex::detail::functions_of_target<C>::table.check_samples(self_, frame.raw(), codes.data(), &error), error);
    std::vector<std::string> result;
    for (const auto code : codes) result.emplace_back(code == 0 ? "" : C::sample_reasons.at(std::size_t(code - 1)));
    return result;
  }

  std::vector<double> label(const Campus& campus, const Situation& situation) {
    const Frame frame(campus, situation, reads_, AUSPEX_STAGE_LABEL);
    std::vector<double> labels(situation.samples.size(), 777);
    auto error = fresh();
    require(auspex::detail::functions_of_target<C>::table.label(self_, frame.raw(), labels.data(), &error), error);
    return labels;
  }

  /// Analysers of courses.
  std::vector<auspex_analysable> analysables(const Campus& campus) {
    const Frame frame(campus, {}, reads_, AUSPEX_STAGE_LIST);
    std::vector<auspex_analysable> result;
    const auspex_analysable_sink sink{
        sizeof(auspex_analysable_sink), &result, [](void* context, const auspex_analysable* a) {
          static_cast<std::vector<auspex_analysable>*>(context)->push_back(*a);
        }};
    auto error = fresh();
    require(auspex::detail::functions_of_analyser<C>::table.analysables(self_, frame.raw(), &sink, &error), error);
    return result;
  }

  std::vector<std::vector<std::int64_t>> samples(const Campus& campus, const Situation& situation) {
    const Frame frame(campus, situation, reads_, AUSPEX_STAGE_SAMPLES);
    using Keys = std::vector<std::vector<std::int64_t>>;
    Keys result;
    const auspex_sample_sink sink{
        sizeof(auspex_sample_sink), &result, [](void* context, const std::int64_t* keys, std::size_t count) {
          static_cast<Keys*>(context)->emplace_back(keys, keys + count);
        }};
    auto error = fresh();
    require(auspex::detail::functions_of_analyser<C>::table.samples(self_, frame.raw(), &sink, &error), error);
    return result;
  }

 private:
  static void remember(void* context, const auspex_read* read) {
    Read r{read->stage, read->scope, read->window, std::string(auspex::view(read->table)), {}, {}};
    for (std::size_t i = 0; i < read->column_count; ++i) r.columns.emplace_back(auspex::view(read->columns[i]));
    for (std::size_t i = 0; i < read->condition_count; ++i) {
      const auto& condition = read->conditions[i];
      auto& values = r.conditions[std::string(auspex::view(condition.column))];
      for (std::size_t k = 0; k < condition.value_count; ++k) values.emplace_back(auspex::view(condition.values[k]));
    }
    static_cast<std::vector<Read>*>(context)->push_back(std::move(r));
  }
  static auspex_error fresh() {
    auspex_error error{};
    error.struct_size = sizeof error;
    return error;
  }
  static void require(auspex_status status, const auspex_error& error) {
    if (status != AUSPEX_OK) throw std::runtime_error(error.message);
  }
  static Reason plain(const auspex_reason& why) {
    Reason reason{why.id, {}};
    for (std::uint32_t i = 0; i < why.argument_count; ++i) reason.arguments[why.arguments[i].name] = why.arguments[i].value;
    return reason;
  }

  void* self_ = nullptr;
  std::vector<Read> reads_;
};

}  // namespace fake
