// Any numeric column of users, of enrolments or of a table that a source declares as an indicator.
#pragma once

#include <cmath>
#include <string>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// x clamped to [minimum, maximum] and mapped straight onto [-1, 1]; with `log`, ln(1 + x) between ln(1 + minimum) and
/// ln(1 + maximum). none where the value is missing. Of several rows the last one with a value counts: of a source's own
/// table the latest known.
struct attribute : linear_indicator {
  static constexpr std::string_view id = "core/attribute";
  static constexpr std::string_view name = "Attribute";
  static constexpr std::string_view description =
      "A number that a source gives of users or enrolments, the latest known, clamped to [minimum, maximum] and mapped onto "
      "[-1, 1]; none where it is missing.";
  static constexpr entities needs = user, uses = course | enrolment;
  static constexpr std::array parameters{
      text_parameter("table", "where the column is: users, enrolments, or a table that a source declares", "\"enrolments\""),
      text_parameter("column", "its name"), real_parameter("minimum", "the value that becomes -1"),
      real_parameter("maximum", "the value that becomes 1"),
      boolean_parameter("log", "on a logarithmic scale of 1 + the value", "false")};

  explicit attribute(const arguments& a)
      : column_(a.text("column")),
        minimum_(a.real("minimum")),
        maximum_(a.real("maximum")),
        log_(a.boolean("log")),
        values_(reads(table(a.text("table")).columns({column_}).of_sample().until_end())) {
    if (a.text("table").empty()) throw std::invalid_argument("table: the name of a table is needed");
    if (column_.empty()) throw std::invalid_argument("column: the name of a column is needed");
    if (!(minimum_ < maximum_)) throw std::invalid_argument("minimum must be less than maximum");
    if (log_ && minimum_ <= -1) throw std::invalid_argument("log needs a minimum above -1");
  }

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const auto r = s.rows(values_);
    for (std::size_t i = r.size(); i-- > 0;) {
      if (!r.missing(0, i)) return scaled(number(r, i));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] double number(const rows& r, std::size_t i) const {
    switch (r.type(0)) {
      case AUSPEX_TYPE_REAL: return r.reals(0)[i];
      case AUSPEX_TYPE_INT: return double(r.integers(0)[i]);
      case AUSPEX_TYPE_BOOL: return double(r.booleans(0)[i]);
      default: throw std::invalid_argument("the column '" + column_ + "' holds no numbers");
    }
  }

  [[nodiscard]] std::optional<double> scaled(double x) const {
    if (std::isnan(x)) return std::nullopt;
    x = std::clamp(x, minimum_, maximum_);
    return log_ ? linear(std::log1p(x), std::log1p(minimum_), std::log1p(maximum_)) : linear(x, minimum_, maximum_);
  }

  std::string column_;
  double minimum_, maximum_;
  bool log_;
  read_handle values_;
};

}  // namespace auspex::core
