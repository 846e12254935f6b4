// Frames as the host makes them: the rows that a component declared, cut to the window and to what was known, in time order.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/testing/campus.hpp>
#include <auspex/testing/tables.hpp>

namespace auspex::testing {

/// A read that a component declared.
struct declared_read {
  std::int32_t stage, scope, window;
  std::string table;
  std::vector<std::string> columns;
  std::map<std::string, std::vector<std::string>> conditions;
};

namespace detail {

struct entity {
  std::int32_t number;
  const char* column;
  std::optional<std::int64_t> sample::*id;
};
inline constexpr std::array<entity, 4> all_entities{{{AUSPEX_ENTITY_USER, "user_id", &sample::user},
                                                     {AUSPEX_ENTITY_COURSE, "course_id", &sample::course},
                                                     {AUSPEX_ENTITY_ENROLMENT, "enrolment_id", &sample::enrolment},
                                                     {AUSPEX_ENTITY_ACTIVITY, "activity_id", &sample::activity}}};

inline const value& at(const row& r, const std::string& column) {
  static const value missing;
  const auto found = r.find(column);
  return found == r.end() ? missing : found->second;
}

/// One table of a campus, with what the canonical tables say of it.
class table_view {
 public:
  table_view(const campus& of, std::string name) : name_(std::move(name)), schema_(find_table(name_)) {
    const auto found = of.tables.find(name_);
    if (found != of.tables.end())
      rows_ = &found->second;
    else if (schema_ == nullptr)
      throw std::invalid_argument("reads the table '" + name_ + "', which the campus does not have");
    const auto own = of.times.find(name_);
    time_ = own != of.times.end() ? own->second : schema_ != nullptr ? std::string(schema_->time) : std::string();
  }

  [[nodiscard]] const std::vector<row>& rows() const {
    static const std::vector<row> none_at_all;
    return rows_ == nullptr ? none_at_all : *rows_;
  }

  /// AUSPEX_TYPE_* of a column that is canonical or that a row has; nothing where there is none. A column of a source's own
  /// has the type of its first value: a number is an integer, unless it is written with a point.
  [[nodiscard]] std::optional<std::int32_t> type(const std::string& column) const {
    if (schema_ != nullptr) {
      if (const auto known = column_type(*schema_, column)) return known;
    }
    std::optional<std::int32_t> result;
    for (const auto& r : rows()) {
      const auto found = r.find(column);
      if (found == r.end()) continue;
      const auto& v = found->second;
      if (v.get<double>() != nullptr) return AUSPEX_TYPE_REAL;
      if (v.get<bool>() != nullptr) return AUSPEX_TYPE_BOOL;
      if (v.get<std::string>() != nullptr) return AUSPEX_TYPE_WORD;
      if (!result) result = column.ends_with("_id") ? AUSPEX_TYPE_ID : AUSPEX_TYPE_INT;
    }
    return result;
  }

  /// Whether the host reads its rows analysable by analysable.
  [[nodiscard]] bool by_analysable(const char* key) const {
    if (schema_ == nullptr) return type(key).has_value();
    return schema_->grouped == key || (std::string_view(key) == "user_id" && type(key).has_value());
  }

  [[nodiscard]] std::optional<time> time_of(const row& r) const {
    const auto& v = at(r, time_);
    return time_.empty() || v.missing() ? std::nullopt : std::optional(v.integer());
  }

  [[nodiscard]] std::optional<time> known_at(const row& r) const {
    const auto& v = at(r, "known_at");
    if (!v.missing()) return v.integer();
    return name_ == "calendar" ? std::nullopt : time_of(r);
  }

  [[noreturn]] void wrong(const std::string& column, const char* holds) const {
    throw std::invalid_argument("a row of '" + name_ + "' gives '" + column + "' a value that is " + holds);
  }

 private:
  std::string name_;
  const canonical_table* schema_;
  const std::vector<row>* rows_ = nullptr;
  std::string time_;
};

}  // namespace detail

/// One call's frame with all that it points to.
class made_frame {
 public:
  /// Valid as long as the campus. `matched`: AUSPEX_ENTITY_BITs by which rows of scope "sample" belong to samples. Throws
  /// where a read asks for a table or column that is not there.
  made_frame(const campus& of, const situation& s, const std::vector<declared_read>& reads, std::int32_t stage,
             std::uint32_t matched)
      : analysable_{sizeof(auspex_analysable), s.unit, s.key, s.start, s.end, 0}, as_of_(s.as_of), values_(s.indicators) {
    const bool settings = stage == AUSPEX_STAGE_PREPARE;
    const bool ranged = s.range_end != no_time && !settings;
    const bool sampled = stage == AUSPEX_STAGE_CALCULATE || stage == AUSPEX_STAGE_LABEL || stage == AUSPEX_STAGE_SAMPLES;
    raw_.struct_size = sizeof raw_;
    raw_.purpose = s.purpose;
    raw_.analysable = &analysable_;
    raw_.start = ranged ? s.range_start : no_time;
    raw_.end = ranged ? s.range_end : settings ? no_time : s.as_of;
    raw_.range_index = ranged ? s.range_index : -1;
    raw_.known_by = ranged ? std::min(s.range_end, s.as_of) : s.as_of;
    if (sampled) add_samples(s);
    for (const auto& read : reads) {
      if (read.stage == stage) add_read(of, s, read, matched);
    }
    raw_.reads = reads_.data();
    raw_.read_count = reads_.size();
    for (const auto& [name, values] : values_) {
      if (values.size() != s.samples.size()) throw std::invalid_argument("indicator '" + name + "': not one value a sample");
      indicators_.push_back({sizeof(auspex_column), AUSPEX_TYPE_REAL, str(name), std::int64_t(values.size()), values.data(),
                             nullptr, nullptr, 0});
    }
    raw_.indicators = indicators_.data();
    raw_.indicator_count = indicators_.size();
  }
  made_frame(const made_frame&) = delete;
  made_frame& operator=(const made_frame&) = delete;

  [[nodiscard]] const auspex_frame* raw() const { return &raw_; }

 private:
  // The buffers of one read; deques, so that nothing moves.
  struct buffers {
    std::vector<std::int64_t> begin, end;
    std::deque<std::vector<std::int64_t>> integers;
    std::deque<std::vector<double>> reals;
    std::deque<std::vector<std::uint8_t>> bytes;
    std::deque<std::vector<std::int32_t>> codes;
    std::deque<std::vector<auspex_str>> words;
    std::vector<auspex_column> columns;
  };

  void add_samples(const situation& s) {
    raw_.sample_count = std::int64_t(s.samples.size());
    for (const auto& entity : detail::all_entities) {
      if (std::ranges::none_of(s.samples, [&](const sample& one) { return (one.*entity.id).has_value(); })) continue;
      auto& ids = ids_.emplace_back();
      for (const auto& one : s.samples) ids.push_back((one.*entity.id).value_or(-1));
      entities_.push_back(
          {sizeof(auspex_column), AUSPEX_TYPE_ID, str(entity.column), raw_.sample_count, ids.data(), nullptr, nullptr, 0});
    }
    raw_.entities = entities_.data();
    raw_.entity_count = entities_.size();
  }

  void add_read(const campus& of, const situation& s, const declared_read& read, std::uint32_t matched) {
    const detail::table_view table(of, read.table);
    for (const auto& [column, wanted] : read.conditions) {
      const auto type = table.type(column);
      if (!type && !table.rows().empty()) no_column(read, column);
      if (type && *type != AUSPEX_TYPE_WORD && *type != AUSPEX_TYPE_BOOL) {
        throw std::invalid_argument("selects by '" + read.table + "." + column + "', which is neither a word nor a boolean");
      }
    }
    std::vector<const row*> kept;
    for (const auto& r : table.rows()) {
      if (of_unit(table, r, s) && meets(r, read) && within(table, r, read)) kept.push_back(&r);
    }
    std::ranges::stable_sort(kept, {}, [&](const row* r) { return table.time_of(*r).value_or(0); });

    auto& data = data_.emplace_back();
    std::vector<const row*> rows;
    const auto add_group = [&](auto&& belongs) {
      data.begin.push_back(std::int64_t(rows.size()));
      std::ranges::copy_if(kept, std::back_inserter(rows), belongs);
      data.end.push_back(std::int64_t(rows.size()));
    };
    if (read.scope == AUSPEX_SCOPE_ANALYSABLE) {
      add_group([](const row*) { return true; });
    } else {
      for (const auto& one : s.samples) {
        add_group([&](const row* r) {
          return std::ranges::all_of(detail::all_entities, [&](const detail::entity& e) {
            const bool counts = (matched & AUSPEX_ENTITY_BIT(e.number)) != 0 && sampled(e) && table.type(e.column);
            return !counts || has_id(*r, e.column, (one.*e.id).value_or(-1));
          });
        });
      }
    }
    // One column more than declared, without values: looking at it ends the test instead of giving another column's values.
    data.columns.reserve(read.columns.size() + 1);
    for (const auto& name : read.columns) add_column(data, table, read, name, rows);
    const auto count = data.columns.size();
    data.columns.push_back({});
    reads_.push_back({sizeof(auspex_rows), read.scope, count, data.columns.data(), data.begin.data(), data.end.data()});
  }

  [[nodiscard]] bool sampled(const detail::entity& e) const {
    return std::ranges::any_of(entities_, [&](const auspex_column& c) { return view(c.name) == e.column; });
  }

  static bool has_id(const row& r, const char* column, std::int64_t id) {
    const auto& v = detail::at(r, column);
    return !v.missing() && v.integer() == id;
  }

  static bool of_unit(const detail::table_view& table, const row& r, const situation& s) {
    if (s.unit == AUSPEX_UNIT_SITE) return true;
    const char* key = s.unit == AUSPEX_UNIT_USER ? "user_id" : "course_id";
    return !table.by_analysable(key) || has_id(r, key, s.key);
  }

  static bool meets(const row& r, const declared_read& read) {
    return std::ranges::all_of(read.conditions, [&](const auto& condition) {
      const auto& v = detail::at(r, condition.first);
      const auto* flag = v.template get<bool>();
      const auto* text = v.template get<std::string>();
      if (flag == nullptr && text == nullptr) return false;
      return std::ranges::count(condition.second, flag != nullptr ? (*flag ? "true" : "false") : *text) > 0;
    });
  }

  /// What became known later is not there.
  [[nodiscard]] time limit_of(const declared_read& read) const {
    return read.window == AUSPEX_WINDOW_HISTORY ? as_of_ : raw_.known_by;
  }

  [[nodiscard]] bool within(const detail::table_view& table, const row& r, const declared_read& read) const {
    const auto known = table.known_at(r);
    if (known && *known > limit_of(read)) return false;
    const auto t = table.time_of(r);
    if (read.window == AUSPEX_WINDOW_HISTORY || !t) return true;
    if (raw_.end != no_time && *t > raw_.end) return false;
    return read.window != AUSPEX_WINDOW_RANGE || raw_.start == no_time || *t > raw_.start;
  }

  [[noreturn]] static void no_column(const declared_read& read, const std::string& column) {
    throw std::invalid_argument("reads '" + read.table + "." + column + "', which does not exist");
  }

  void add_column(buffers& data, const detail::table_view& table, const declared_read& read, const std::string& name,
                  const std::vector<const row*>& rows) const {
    const auto known_by = limit_of(read);
    const auto type = table.type(name);
    if (!type && !table.rows().empty()) no_column(read, name);
    const auto there = [&](const row* r) {
      const auto& v = detail::at(*r, name);
      return !v.missing() && (!v.known_at || *v.known_at <= known_by);
    };
    auto& validity = data.bytes.emplace_back((rows.size() + 7) / 8);
    bool complete = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (there(rows[i]))
        validity[i / 8] = std::uint8_t(validity[i / 8] | 1u << (i % 8));
      else
        complete = false;
    }
    auspex_column column{sizeof(auspex_column),
                         type.value_or(AUSPEX_TYPE_INT),
                         str(name),
                         std::int64_t(rows.size()),
                         nullptr,
                         complete ? nullptr : validity.data(),
                         nullptr,
                         0};
    const auto fill = [&]<class T>(std::vector<T>& to, auto&& get) {
      for (const auto* r : rows) to.push_back(there(r) ? get(detail::at(*r, name)) : T{});
      column.values = to.data();
    };
    switch (column.type) {
      case AUSPEX_TYPE_REAL:
        fill(data.reals.emplace_back(), [&](const value& v) {
          if (const auto* whole = v.get<std::int64_t>()) return double(*whole);
          if (v.get<double>() == nullptr) table.wrong(name, "no number");
          return *v.get<double>();
        });
        break;
      case AUSPEX_TYPE_BOOL:
        fill(data.bytes.emplace_back(), [&](const value& v) {
          if (v.get<bool>() == nullptr) table.wrong(name, "neither true nor false");
          return std::uint8_t(*v.get<bool>() ? 1 : 0);
        });
        break;
      case AUSPEX_TYPE_WORD: {
        auto& words = data.words.emplace_back();
        fill(data.codes.emplace_back(), [&](const value& v) {
          const auto* text = v.get<std::string>();
          if (text == nullptr) table.wrong(name, "no text");
          auto found = std::ranges::find_if(words, [&](const auspex_str& word) { return view(word) == *text; });
          if (found == words.end()) found = words.insert(found, str(*text));
          return std::int32_t(found - words.begin());
        });
        column.dictionary = words.data();
        column.dictionary_size = std::int64_t(words.size());
        break;
      }
      default:
        fill(data.integers.emplace_back(), [&](const value& v) {
          if (v.get<std::int64_t>() == nullptr) table.wrong(name, "no whole number");
          return v.integer();
        });
    }
    data.columns.push_back(column);
  }

  auspex_analysable analysable_;
  time as_of_;
  std::map<std::string, std::vector<double>> values_;
  auspex_frame raw_{};
  std::deque<std::vector<std::int64_t>> ids_;
  std::vector<auspex_column> entities_;
  std::deque<buffers> data_;
  std::vector<auspex_rows> reads_;
  std::vector<auspex_column> indicators_;
};

}  // namespace auspex::testing
