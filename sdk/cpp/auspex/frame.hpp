// What a component sees of the data: frames, samples and the rows it declared. Views only: valid during the call.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include <auspex/abi.h>

namespace auspex {

using time = std::int64_t;  ///< seconds since 1970-01-01 00:00 UTC
inline constexpr time no_time = AUSPEX_NO_TIME;
inline constexpr time day = 86400;
inline constexpr time week = 7 * day;
inline constexpr double none = std::numeric_limits<double>::quiet_NaN();  ///< "no value" of an indicator or label

constexpr std::string_view view(auspex_str text) { return {text.data, text.size}; }
constexpr auspex_str str(std::string_view text) { return {text.data(), text.size()}; }

/// Entities that a sample can have, as bits: user | course.
using entities = std::uint32_t;
inline constexpr entities no_entity = 0;
inline constexpr entities user = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER);
inline constexpr entities course = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
inline constexpr entities enrolment = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT);
inline constexpr entities activity = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ACTIVITY);

/// Names one of a component's reads; returned by component::reads().
struct read_handle {
  std::int32_t stage = 0;
  std::size_t index = 0;
};

/// Consecutive rows of one read. Columns are numbered in the order of the declaration; one that was not declared, or holds
/// another type, throws std::logic_error.
class rows {
 public:
  rows(const auspex_rows& all, std::int64_t begin, std::int64_t end)
      : all_(&all), begin_(begin), size_(end > begin ? std::size_t(end - begin) : 0) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// Times, ids and integers. Where missing() the value is unspecified.
  [[nodiscard]] std::span<const std::int64_t> integers(std::size_t column) const { return values<std::int64_t>(column); }
  [[nodiscard]] std::span<const std::int64_t> times(std::size_t column) const { return values<std::int64_t>(column); }
  [[nodiscard]] std::span<const double> reals(std::size_t column) const { return values<double>(column); }
  [[nodiscard]] std::span<const std::uint8_t> booleans(std::size_t column) const { return values<std::uint8_t>(column); }
  /// Codes of words: equal codes are equal texts within one call.
  [[nodiscard]] std::span<const std::int32_t> codes(std::size_t column) const { return values<std::int32_t>(column); }

  [[nodiscard]] bool missing(std::size_t column, std::size_t row) const {
    const auto* validity = all_->columns[column].validity;
    const auto at = std::size_t(begin_) + row;
    return validity != nullptr && (validity[at / 8] >> (at % 8) & 1) == 0;
  }

  /// The text of a word; empty where missing.
  [[nodiscard]] std::string_view text(std::size_t column, std::size_t row) const {
    if (missing(column, row)) return {};
    return view(all_->columns[column].dictionary[codes(column)[row]]);
  }

  /// The texts that the codes of a word's column stand for.
  [[nodiscard]] std::span<const auspex_str> words(std::size_t column) const {
    return {all_->columns[column].dictionary, std::size_t(all_->columns[column].dictionary_size)};
  }

  /// A value, or nothing where it is missing.
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t column, std::size_t row) const {
    if (missing(column, row)) return std::nullopt;
    return integers(column)[row];
  }
  [[nodiscard]] std::optional<double> real(std::size_t column, std::size_t row) const {
    if (missing(column, row)) return std::nullopt;
    return reals(column)[row];
  }
  /// A boolean; `otherwise` where it is missing.
  [[nodiscard]] bool is(std::size_t column, std::size_t row, bool otherwise = false) const {
    return missing(column, row) ? otherwise : booleans(column)[row] != 0;
  }

  /// Whether no value of the column can be missing.
  [[nodiscard]] bool complete(std::size_t column) const { return all_->columns[column].validity == nullptr; }

  /// One of AUSPEX_TYPE_*.
  [[nodiscard]] std::int32_t type(std::size_t column) const { return all_->columns[column].type; }

 private:
  template <class T>
  static constexpr bool holds(std::int32_t type) {
    if constexpr (std::is_same_v<T, double>) return type == AUSPEX_TYPE_REAL;
    else if constexpr (std::is_same_v<T, std::uint8_t>) return type == AUSPEX_TYPE_BOOL;
    else if constexpr (std::is_same_v<T, std::int32_t>) return type == AUSPEX_TYPE_WORD;
    else return type == AUSPEX_TYPE_INT || type == AUSPEX_TYPE_TIME || type == AUSPEX_TYPE_ID;
  }

  [[noreturn]] void refuse(std::size_t column) const {
    const auto which = "column " + std::to_string(column);
    if (column < all_->column_count) throw std::logic_error(which + " holds another type");
    throw std::logic_error(which + " of a read that declares " + std::to_string(all_->column_count));
  }

  /// Throws std::logic_error where the read has no such column, or one of another type.
  template <class T>
  [[nodiscard]] std::span<const T> values(std::size_t column) const {
    if (column >= all_->column_count || !holds<T>(all_->columns[column].type)) refuse(column);
    return {static_cast<const T*>(all_->columns[column].values) + begin_, size_};
  }

  const auspex_rows* all_;
  std::int64_t begin_;
  std::size_t size_;
};

class sample;

/// One call's data: an analysable, a range, the samples and the rows that the component declared for this stage.
class frame {
 public:
  explicit frame(const auspex_frame& raw) : raw_(&raw) {}

  [[nodiscard]] std::size_t sample_count() const { return std::size_t(raw_->sample_count); }
  [[nodiscard]] sample operator[](std::size_t index) const;

  /// The rows of a read of scope "analysable", or sample `index`'s of a read of scope "sample".
  [[nodiscard]] rows all(read_handle read, std::size_t index = 0) const {
    if (read.index >= raw_->read_count) throw std::logic_error("this call has not the rows of that read");
    const auto& r = raw_->reads[read.index];
    const auto at = r.scope == AUSPEX_SCOPE_ANALYSABLE ? 0 : index;
    return {r, r.begin[at], r.end[at]};
  }

  /// The range of time; no_time where there is none.
  [[nodiscard]] time start() const { return raw_->start; }
  /// The end of the range; for analysers and targets without one, as-of.
  [[nodiscard]] time end() const { return raw_->end; }
  /// The moment of the call: what became known later is not there. The end of the range, or as-of where the range ends later.
  [[nodiscard]] time known_by() const { return AUSPEX_HAS(auspex_frame, raw_, known_by) ? raw_->known_by : raw_->end; }
  [[nodiscard]] std::int64_t range_index() const { return raw_->range_index; }

  [[nodiscard]] std::optional<time> analysable_start() const { return known(raw_->analysable->start); }
  [[nodiscard]] std::optional<time> analysable_end() const { return known(raw_->analysable->end); }
  [[nodiscard]] std::int64_t analysable_key() const { return raw_->analysable->key; }
  [[nodiscard]] bool for_training() const { return raw_->purpose == AUSPEX_FOR_TRAINING; }

  /// The ids of an entity, one a sample; empty where samples have none.
  [[nodiscard]] std::span<const std::int64_t> ids(std::string_view entity) const {
    for (std::size_t i = 0; i < raw_->entity_count; ++i) {
      const auto& column = raw_->entities[i];
      if (view(column.name) == entity) return {static_cast<const std::int64_t*>(column.values), std::size_t(column.length)};
    }
    return {};
  }

  /// The sample's id of an entity (AUSPEX_ENTITY_*), or nothing where samples have none.
  [[nodiscard]] std::optional<std::int64_t> entity(std::string_view name, std::size_t index) const {
    const auto all = ids(name);
    return all.empty() ? std::nullopt : std::optional(all[index]);
  }

  /// Static targets: the value of an indicator's column for a sample; NaN = none. Throws where there is no such column: what
  /// the target names in `decides_from` is always there.
  [[nodiscard]] double indicator(std::string_view column, std::size_t index) const {
    for (std::size_t i = 0; i < raw_->indicator_count; ++i) {
      if (view(raw_->indicators[i].name) == column) return static_cast<const double*>(raw_->indicators[i].values)[index];
    }
    throw std::invalid_argument("the model has no indicator '" + std::string(column) + "' to decide from");
  }

  [[nodiscard]] const auspex_frame& raw() const { return *raw_; }

 private:
  static std::optional<time> known(time t) { return t == no_time ? std::nullopt : std::optional(t); }

  const auspex_frame* raw_;
};

/// One sample of a frame.
class sample {
 public:
  sample(const frame& f, std::size_t index) : frame_(f), index_(index) {}

  /// This sample's rows of a read; the analysable's where the read has that scope.
  [[nodiscard]] auspex::rows rows(read_handle read) const { return frame_.all(read, index_); }
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] std::optional<std::int64_t> user_id() const { return frame_.entity("user_id", index_); }
  [[nodiscard]] std::optional<std::int64_t> course_id() const { return frame_.entity("course_id", index_); }
  [[nodiscard]] std::optional<std::int64_t> enrolment_id() const { return frame_.entity("enrolment_id", index_); }
  [[nodiscard]] std::optional<std::int64_t> activity_id() const { return frame_.entity("activity_id", index_); }
  [[nodiscard]] double indicator(std::string_view column) const { return frame_.indicator(column, index_); }

  [[nodiscard]] time start() const { return frame_.start(); }
  [[nodiscard]] time end() const { return frame_.end(); }
  [[nodiscard]] time known_by() const { return frame_.known_by(); }
  [[nodiscard]] std::optional<time> analysable_start() const { return frame_.analysable_start(); }
  [[nodiscard]] std::optional<time> analysable_end() const { return frame_.analysable_end(); }
  [[nodiscard]] bool for_training() const { return frame_.for_training(); }
  [[nodiscard]] const auspex::frame& whole() const { return frame_; }

 private:
  frame frame_;
  std::size_t index_;
};

inline sample frame::operator[](std::size_t index) const { return {*this, index}; }

}  // namespace auspex
