#include "analysis/moodle_dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/moodle_names.hpp"
#include "base/names.hpp"
#include "base/text.hpp"

namespace auspex::analysis {
namespace {

constexpr std::string_view range_prefix = "range/";
constexpr const char* sample_column = "sampleid";
constexpr std::string_view quoted_by_php = ",\"\\\n\r\t ";
constexpr std::size_t block = std::size_t{1} << 20;
constexpr std::size_t most_problems = 20;

std::string php_field(std::string_view text) { return csv_field(text, quoted_by_php); }

// As PHP writes numbers: -0 keeps its sign.
void append_php_number(std::string& text, float value) {
  if (value != value) return;
  fmt::format_to(std::back_inserter(text), "{}", value);
}

std::vector<std::string> moodle_columns(const Shape& shape, bool moodle, std::size_t all) {
  std::vector<std::string> features;
  for (std::size_t i = 0; i < shape.indicators.size(); ++i) {
    const auto& name = shape.indicator_columns[i];
    const auto moodle_name = is_component_id(name) ? moodle_class(Kind::indicator, name) : name;
    for (auto& column : feature_columns(shape.indicators[i], moodle_name, moodle)) features.push_back(std::move(column));
  }
  std::vector<std::string> columns;
  for (std::size_t r = 0; r + features.size() < all; ++r) columns.push_back(fmt::format("{}{}", range_prefix, r));
  columns.insert(columns.end(), features.begin(), features.end());
  return columns;
}

// Our name of a column: "\core\analytics\indicator\read_actions/mean" is "core/read_actions/mean".
std::string own_column(const std::string& column) {
  const auto slash = std::min(column.find('/'), column.size());
  try {
    return component_id(Kind::indicator, std::string_view(column).substr(0, slash)) + column.substr(slash);
  } catch (const Error&) {
    return column;
  }
}

std::string line_of(std::vector<std::string> fields) {
  for (auto& field : fields) field = php_field(field);
  return fmt::format("{}\n", fmt::join(fields, ","));
}

// Runs of rows of one analysable, by the analysables' order.
std::vector<std::pair<std::size_t, std::size_t>> ordered_runs(const Dataset& dataset) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
    if (i == 0 || dataset.rows[i].analysable != dataset.rows[i - 1].analysable) runs.emplace_back(i, i);
    runs.back().second = i + 1;
  }
  const auto order = [&](const auto& run) { return dataset.analysables[dataset.rows[run.first].analysable].order; };
  std::stable_sort(runs.begin(), runs.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  return runs;
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

class FileReader {
 public:
  explicit FileReader(const std::filesystem::path& file) : file_(file), text_(read_file(file)), records_(text_) {}

  MoodleDataset read() {
    if (text_.starts_with("\x1f\x8b")) refuse(0, "the file is compressed", "unpack it first, for example with gunzip");
    read_head();
    read_columns();
    throw_if_wrong();
    while (next()) read_row();
    if (result_.dataset.rows.empty() && problems_.empty()) problem(0, "there are no rows below the three header lines");
    throw_if_wrong();
    return std::move(result_);
  }

 private:
  void problem(std::uint32_t line, std::string message, std::string hint = {}) {
    problems_.push_back({{file_.string(), line, 0}, std::move(message), std::move(hint), false});
    if (problems_.size() < most_problems) return;
    problems_.push_back({{file_.string(), 0, 0}, "and perhaps more: reading stops here", "", false});
    throw_if_wrong();
  }

  [[noreturn]] void refuse(std::uint32_t line, std::string message, std::string hint) {
    problem(line, std::move(message), std::move(hint));
    throw Error(Fault::data, std::move(problems_));
  }

  void throw_if_wrong() {
    if (!problems_.empty()) throw Error(Fault::data, std::move(problems_));
  }

  bool next() {
    const bool more = records_.next(fields_);
    if (more && records_.unclosed()) refuse(records_.line(), "a quote is not closed before the end of the file", "");
    return more;
  }

  void need(const char* what) {
    if (next()) return;
    refuse(0, fmt::format("this is no data set file of Moodle: it ends before the line of {}", what),
           "such a file has three header lines: names, values, columns");
  }

  void read_head() {
    need("names");
    const auto names = fields_;
    if (names.front() != "timesplitting") {
      refuse(records_.line(),
             fmt::format("this is no data set file of Moodle: it begins with '{}', not 'timesplitting'", names.front()),
             "such a file has three header lines: names, values, columns");
    }
    need("values");
    const auto line = records_.line();
    if (fields_.size() != names.size()) {
      refuse(line, fmt::format("there are {} values for {} names", fields_.size(), names.size()), "");
    }
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < names.size(); ++i) values[names[i]] = fields_[i];
    const auto value = [&](const char* name) {
      if (values.count(name) == 0) problem(1, fmt::format("the name '{}' is missing", name));
      return values[name];
    };
    result_.head = {value("timesplitting"), value("moodleversion"), value("targetcolumn")};
    features_ = value("nfeatures");
    const auto type = value("targettype");
    if (type == "discrete") {
      const auto classes = nlohmann::json::parse(value("targetclasses"), nullptr, false);
      const auto is_number = [](const auto& one) { return one.is_number(); };
      if (!classes.is_array() || classes.size() < 2 || !std::all_of(classes.begin(), classes.end(), is_number)) {
        problem(line, fmt::format("targetclasses is '{}', not a list of numbers such as [0,1]", values["targetclasses"]));
      } else {
        classes.get_to(result_.dataset.classes);
      }
      for (const auto one : result_.dataset.classes) result_.dataset.class_names.push_back(number_text(one));
    } else if (type == "linear") {
      const auto least = number_of(value("targetmin")), most = number_of(value("targetmax"));
      if (!least || !most) problem(line, "targetmin and targetmax are not numbers");
      minimum_ = least.value_or(0);
      maximum_ = most.value_or(0);
    } else {
      problem(line, fmt::format("targettype is '{}', neither 'discrete' nor 'linear'", type));
    }
  }

  void read_columns() {
    need("columns");
    const auto line = records_.line();
    if (fields_.front() == sample_column) {
      refuse(line, "the file holds no labels: it was made for prediction", "give the file that Moodle made for training");
    }
    if (fields_.back() != result_.head.target) {
      problem(line, fmt::format("the last column is '{}', not the target '{}'", fields_.back(), result_.head.target));
    }
    if (features_ != std::to_string(fields_.size() - 1)) {
      const auto columns = fields_.size() - 1;
      problem(line, fmt::format("there are {} columns besides the target's; nfeatures says {}", columns, features_));
    }
    while (ranges_ < fields_.size() && fields_[ranges_] == fmt::format("{}{}", range_prefix, ranges_)) ++ranges_;
    std::set<std::string> seen;
    for (const auto& name : fields_) {
      if (!seen.insert(name).second) problem(line, fmt::format("the column '{}' is there twice", name));
    }
    columns_ = fields_;
    auto& dataset = result_.dataset;
    for (std::size_t i = 0; i + 1 < columns_.size(); ++i) dataset.columns.push_back(own_column(columns_[i]));
    for (std::size_t r = 0; r < std::max<std::size_t>(1, ranges_); ++r) dataset.range_names.push_back(std::to_string(r));
    dataset.analysables.push_back({file_.filename().string(), file_.filename().string()});
    dataset.anonymous = true;
  }

  void read_row() {
    const auto line = records_.line();
    if (fields_.size() != columns_.size()) {
      return problem(line, fmt::format("there are {} fields for {} columns", fields_.size(), columns_.size()));
    }
    auto& dataset = result_.dataset;
    Row row;
    row.sample = fmt::format("line {}", line);
    std::size_t of_range = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto number = number_of(fields_[i]);
      const bool is_label = i + 1 == columns_.size();
      if (!number && (is_label || !fields_[i].empty())) {
        problem(line, fmt::format("'{}' in the column '{}' is no number", fields_[i], columns_[i]));
      }
      if (is_label) {
        row.label = number.value_or(0);
        if (number) check_label(line, *number);
        break;
      }
      if (i < ranges_ && number.value_or(0) == 1) {
        row.range = std::int32_t(i);
        ++of_range;
      }
      dataset.values.push_back(number ? float(*number) : std::numeric_limits<float>::quiet_NaN());
    }
    if (ranges_ > 0 && of_range != 1) problem(line, fmt::format("{} of the columns of ranges are 1, not one", of_range));
    dataset.rows.push_back(std::move(row));
  }

  void check_label(std::uint32_t line, double label) {
    const auto& classes = result_.dataset.classes;
    if (classes.empty() && (label < minimum_ || label > maximum_)) {
      problem(line, fmt::format("the label {} is not from {} to {}", label, minimum_, maximum_));
    } else if (!classes.empty() && std::find(classes.begin(), classes.end(), label) == classes.end()) {
      problem(line, fmt::format("the label {} is none of the classes [{}]", label, fmt::join(classes, ", ")));
    }
  }

  std::filesystem::path file_;
  std::string text_;
  CsvReader records_;
  std::vector<std::string> fields_, columns_;
  std::string features_;
  std::size_t ranges_ = 0;
  double minimum_ = 0, maximum_ = 0;
  MoodleDataset result_;
  std::vector<Problem> problems_;
};

}  // namespace

void write_moodle_dataset(const MoodleHead& head, const Shape& shape, bool moodle, const Dataset& dataset, Purpose purpose,
                          const std::function<void(std::string_view)>& take) {
  const bool labelled = purpose == Purpose::training;
  const auto width = dataset.columns.size();
  std::vector<std::string> names{"timesplitting", "nfeatures", "moodleversion", "targetcolumn", "targettype"};
  std::vector<std::string> values{head.time_splitting, std::to_string(width), head.version, head.target};
  if (dataset.classes.empty()) {
    names.insert(names.end(), {"targetmin", "targetmax"});
    values.insert(values.end(), {"linear", number_text(shape.target.minimum), number_text(shape.target.maximum)});
  } else {
    std::string classes;
    for (const auto one : dataset.classes) classes += (classes.empty() ? "" : ",") + number_text(one);
    names.emplace_back("targetclasses");
    values.insert(values.end(), {"discrete", "[" + classes + "]"});
  }
  auto columns = moodle_columns(shape, moodle, width);
  if (labelled) columns.push_back(head.target);
  else columns.insert(columns.begin(), sample_column);
  auto text = line_of(std::move(names)) + line_of(std::move(values)) + line_of(std::move(columns));

  for (const auto& [begin, end] : ordered_runs(dataset)) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto& row = dataset.rows[i];
      if (!labelled) text += php_field(fmt::format("{}-{}", row.sample, row.range)) + ",";
      for (std::size_t c = 0; c < width; ++c) {
        if (c > 0) text += ',';
        append_php_number(text, dataset.values[i * width + c]);
      }
      if (labelled) text += "," + number_text(row.label);
      text += '\n';
      if (text.size() < block) continue;
      take(text);
      text.clear();
    }
  }
  take(text);
}

MoodleDataset read_moodle_dataset(const std::filesystem::path& file) { return FileReader(file).read(); }

}  // namespace auspex::analysis
