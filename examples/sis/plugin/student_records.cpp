// Indicators from the records of a student information system, which an institution's source declares as a table of its own.
// The rows of a student come in the order in which they became known, and no later one than the range's end: the last value
// counts.
#include <optional>
#include <string>
#include <string_view>

#include <auspex/sdk.hpp>

namespace {

using namespace auspex;

/// A number of the records, from 0 to `maximum`, as a value from -1 to 1; none without a record that has it.
struct number : linear_indicator {
  static constexpr std::string_view id = "student_records/number";
  static constexpr std::string_view name = "Number of the student's record";
  static constexpr std::string_view description =
      "The latest known number of a column, from 0 to the maximum; none without one.";
  static constexpr entities needs = user;
  static constexpr std::array parameters{text_parameter("column", "where the number is"),
                                         real_parameter("maximum", "the number that becomes 1"),
                                         text_parameter("table", "the table of the records", "\"sis_records\"")};

  explicit number(const arguments& a)
      : maximum_(a.real("maximum")),
        records_(reads(table(a.text("table")).columns({a.text("column")}).of_sample().until_end())) {
    if (!(maximum_ > 0)) throw std::invalid_argument("maximum must be above 0");
  }

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const auto records = s.rows(records_);
    for (std::size_t i = records.size(); i-- > 0;) {
      if (const auto value = records.real(0, i)) return linear(std::clamp(*value, 0.0, maximum_), 0, maximum_);
    }
    return std::nullopt;
  }

 private:
  double maximum_;
  read_handle records_;
};

/// Whether the student came by a route; none where no record says by which.
struct entered_by : binary_indicator {
  static constexpr std::string_view id = "student_records/entered_by";
  static constexpr std::string_view name = "Entry route";
  static constexpr std::string_view description = "Whether the student came by a route; none where that is not known.";
  static constexpr entities needs = user;
  static constexpr std::array parameters{text_parameter("route", "the route that gives 1"),
                                         text_parameter("table", "the table of the records", "\"sis_records\"")};

  explicit entered_by(const arguments& a)
      : route_(a.text("route")), records_(reads(table(a.text("table")).columns({"entry_route"}).of_sample().until_end())) {}

  [[nodiscard]] std::optional<bool> calculate(const sample& s) const {
    const auto records = s.rows(records_);
    for (std::size_t i = records.size(); i-- > 0;) {
      if (!records.missing(0, i)) return records.text(0, i) == route_;
    }
    return std::nullopt;
  }

 private:
  std::string route_;
  read_handle records_;
};

}  // namespace

AUSPEX_PLUGIN_BY("student_records", "1.0.0", "Student records", "Example University", "Apache-2.0", "", number, entered_by)
