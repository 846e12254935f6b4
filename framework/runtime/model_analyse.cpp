#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/files.hpp"
#include "campus/parquet.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

using campus::ParquetWriter;
using Columns = std::vector<ParquetWriter::Column>;

/// Where the results of analysis go.
class Output {
 public:
  explicit Output(const fs::path& out) : file_(out) {}
  virtual ~Output() = default;
  virtual void add(const analysis::UnitResult& unit) = 0;
  /// After the last unit.
  virtual void finish() = 0;

 protected:
  NewFile file_;
};

class ValuesCsv : public Output {
 public:
  ValuesCsv(const fs::path& out, const analysis::Shape& shape) : Output(out), shape_(shape) {
    file_.write(analysis::values_csv_header());
  }

  void add(const analysis::UnitResult& unit) override {
    text_.clear();
    analysis::append_values_csv(shape_, unit, text_);
    file_.write(text_);
  }
  void finish() override { file_.keep(); }

 private:
  const analysis::Shape& shape_;
  std::string text_;
};

void add_time(ParquetWriter& rows, Time time) {
  if (time == no_time) rows.missing();
  else rows.integer(time);
}

class ValuesParquet : public Output {
 public:
  ValuesParquet(const fs::path& out, const analysis::Shape& shape, std::int64_t memory)
      : Output(out), shape_(shape), rows_(file_.path(), columns(), memory) {}

  void add(const analysis::UnitResult& unit) override {
    analysis::for_each_result(unit, [&](const analysis::RangeResult& range, std::size_t entry) {
      for (std::size_t k = 0; k < range.values.size(); ++k) {
        rows_.text(unit.analysable.id);
        rows_.text(unit.samples[range.samples[entry]].id);
        rows_.text(range.range.name);
        add_time(rows_, range.range.start);
        add_time(rows_, range.range.end);
        rows_.text(shape_.indicator_columns[k]);
        rows_.real(range.values[k][entry]);
        rows_.end_row();
      }
    });
  }
  void finish() override {
    rows_.finish();
    file_.keep();
  }

 private:
  static Columns columns() {
    using Type = ParquetWriter::Type;
    return {{"analysable", Type::text}, {"sample", Type::text},    {"range", Type::text}, {"start", Type::integer},
            {"end", Type::integer},     {"indicator", Type::text}, {"value", Type::real}};
  }

  const analysis::Shape& shape_;
  ParquetWriter rows_;
};

/// A dataset is written when it is whole: only then are its columns known.
class DatasetOutput : public Output {
 public:
  DatasetOutput(const fs::path& out, const analysis::Shape& shape, bool moodle, analysis::Purpose purpose)
      : Output(out), builder_(shape, moodle), purpose_(purpose) {}

  void add(const analysis::UnitResult& unit) override { builder_.add(unit, purpose_); }
  void finish() override {
    write(builder_.finish());
    file_.keep();
  }

 protected:
  virtual void write(const analysis::Dataset& dataset) = 0;

 private:
  analysis::DatasetBuilder builder_;
  analysis::Purpose purpose_;
};

class DatasetParquet : public DatasetOutput {
 public:
  DatasetParquet(const fs::path& out, const analysis::Shape& shape, bool moodle, analysis::Purpose purpose, std::int64_t memory)
      : DatasetOutput(out, shape, moodle, purpose), memory_(memory) {}

 private:
  void write(const analysis::Dataset& dataset) override {
    using Type = ParquetWriter::Type;
    Columns columns{{"analysable", Type::text}, {"sample", Type::text},      {"range", Type::text}, {"start", Type::integer},
                    {"end", Type::integer},     {"enrolled", Type::integer}, {"label", Type::real}};
    for (const auto& name : dataset.columns) columns.push_back({name, Type::single});
    ParquetWriter rows(file_.path(), std::move(columns), memory_);
    const auto* value = dataset.values.data();
    for (const auto& row : dataset.rows) {
      rows.text(dataset.analysables[row.analysable].id);
      rows.text(row.sample);
      rows.text(dataset.range_names[std::size_t(row.range)]);
      add_time(rows, row.start);
      add_time(rows, row.end);
      rows.integer(row.enrolled ? 1 : 0);
      rows.real(row.label);
      for (std::size_t c = 0; c < dataset.columns.size(); ++c) rows.single(*value++);
      rows.end_row();
    }
    rows.finish();
  }

  std::int64_t memory_;
};

class MoodleCsv : public DatasetOutput {
 public:
  MoodleCsv(const fs::path& out, const analysis::Shape& shape, bool moodle, analysis::Purpose purpose, analysis::MoodleHead head)
      : DatasetOutput(out, shape, moodle, purpose), shape_(shape), moodle_(moodle), purpose_(purpose), head_(std::move(head)) {}

 private:
  void write(const analysis::Dataset& dataset) override {
    analysis::write_moodle_dataset(head_, shape_, moodle_, dataset, purpose_, [&](std::string_view part) { file_.write(part); });
  }

  const analysis::Shape& shape_;
  bool moodle_;
  analysis::Purpose purpose_;
  analysis::MoodleHead head_;
};

}  // namespace

Json Session::model_analyse(const ModelOptions& options, AnalyseFor purpose, AnalyseFormat format, const fs::path& out) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const bool moodle = !model.compatibility.empty();
  auto request = parts.request(model);
  request.training = purpose != AnalyseFor::prediction;
  request.prediction = purpose != AnalyseFor::training;
  const auto shape = analysis::shape_of(request);
  const bool is_dataset = format == AnalyseFormat::dataset_parquet || format == AnalyseFormat::moodle_csv;
  if (is_dataset && purpose == AnalyseFor::all) {
    throw Error(Fault::usage, "a data set is for training or for prediction, not for both",
                "give --for training or --for prediction");
  }
  const auto one_purpose = request.training ? analysis::Purpose::training : analysis::Purpose::prediction;

  std::unique_ptr<Output> output;
  switch (format) {
    case AnalyseFormat::values_csv: output = std::make_unique<ValuesCsv>(out, shape); break;
    case AnalyseFormat::values_parquet: output = std::make_unique<ValuesParquet>(out, shape, parts.memory()); break;
    case AnalyseFormat::dataset_parquet:
      output = std::make_unique<DatasetParquet>(out, shape, moodle, one_purpose, parts.memory());
      break;
    case AnalyseFormat::moodle_csv:
      output = std::make_unique<MoodleCsv>(out, shape, moodle, one_purpose, moodle_head(model, parts.campus()->origin().version));
      break;
  }
  std::map<std::string, Account> accounts;
  Json failed = Json::array();
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    add_failure(failed, unit);
    for (const auto& result : unit.purposes) accounts[purpose_name(result.purpose)].add(unit, result);
    output->add(unit);
  });
  output->finish();

  Json result{{"model", model.id}, {"as_of", parts.as_of}, {"file", out.string()}};
  for (const auto& [name, account] : accounts) {
    result[name] = {{"analysables", account.used}, {"left_out", account.left_out}, {"samples_left_out", account.samples}};
  }
  result["statistics"] = to_json(statistics);
  put_failures(result, std::move(failed));
  return result;
}

}  // namespace auspex::runtime
