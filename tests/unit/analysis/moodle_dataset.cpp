#include <cmath>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "analysis/moodle_dataset.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/moodle_names.hpp"
#include "given.hpp"
#include "unit/support/moodle_cases.hpp"

namespace fs = std::filesystem;
using namespace auspex;
using given::none;

namespace {

std::string text_of(const analysis::MoodleHead& head, const given::Unit& unit) {
  std::string text;
  const auto purpose = unit.result.purposes.front().purpose;
  analysis::write_moodle_dataset(head, unit.shape, true, unit.dataset(true), purpose, [&](std::string_view part) { text += part; });
  return text;
}

// What a case says a value is, for every sample.
std::vector<double> given_values(const nlohmann::json& told, const std::vector<std::string>& samples) {
  std::vector<double> values;
  for (const auto& sample : samples) {
    if (told.is_object()) values.push_back(told.at(sample).is_null() ? none : told.at(sample).get<double>());
    else values.push_back(told.is_number() ? told.get<double>() : 4);  // "class 4 of [0,1,2,3,4]"
  }
  return values;
}

given::Unit unit_of(const nlohmann::json& inputs) {
  std::vector<std::string> samples;
  for (const auto& [sample, name] : inputs.at("samples").items()) samples.push_back(sample);
  const Time start = inputs.at("analysable").at("start"), end = inputs.at("analysable").at("end");
  given::Unit unit(samples, start, end);
  const std::map<std::string, std::string> kinds{
      {"lin_ind", "given/linear"}, {"test_indicator_max", "given/binary"}, {"test_indicator_discrete", "given/discrete"}};
  for (const auto& name : inputs.at("indicators")) {
    unit.indicator(kinds.at(name), "\\" + name.get<std::string>(), given_values(inputs.at("indicator_values").at(name.get<std::string>()), samples));
  }
  std::vector<double> labels;
  for (const auto& sample : samples) labels.push_back(inputs.at("target_values").at(sample).get<double>());
  if (!inputs.at("labelled").get<bool>()) labels.clear();
  constexpr Time week = 604800;
  const auto id = component_id(Kind::time_splitter, inputs.at("timesplitting").get<std::string>());
  // Of a life of 1000 seconds there is one past week, and no column for it.
  if (id == "core/past_week") return unit.ranges({{start, start + week, start + week, true, "0"}}, labels);
  auto splitter = given::registry().time_splitter(id, nullptr, "4.4");
  unit.shape.splitter = splitter.info();
  return unit.ranges(splitter.ranges(start, end, end + week).ranges, labels);
}

// A labelled file of four rows, two samples in two ranges.
const std::string labelled =
    "timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetclasses\n"
    "\"\\core\\analytics\\time_splitting\\quarters\",5,2023112400,\"\\core_course\\analytics\\target\\course_dropout\",discrete,\"[0,1]\"\n"
    "range/0,range/1,\"\\core\\analytics\\indicator\\read_actions\",\"\\core\\analytics\\indicator\\read_actions/mean\",gpa,"
    "\"\\core_course\\analytics\\target\\course_dropout\"\n"
    "1,0,-0.33,-0.67,,0\n"
    "1,0,-1,-0.67,0.5,1\n"
    "0,1,-0,0,,0\n"
    "0,1,0,0,,1\n";

class File {
 public:
  explicit File(const std::string& text) : folder_(fs::temp_directory_path()), file_(folder_.path() / "labelled.csv") {
    write_file(file_, text);
  }
  [[nodiscard]] const fs::path& path() const { return file_; }

 private:
  TemporaryFolder folder_;
  fs::path file_;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::string said_of(const std::string& text) {
  const File file(text);
  try {
    (void)analysis::read_moodle_dataset(file.path());
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::data);
    std::string said = error.what();
    for (auto at = said.find(file.path().string()); at != std::string::npos; at = said.find(file.path().string())) {
      said.replace(at, file.path().string().size(), "F");
    }
    return said;
  }
  return "nothing";
}

}  // namespace

TEST_CASE("data set files are Moodle's byte for byte", "[analysis]") {
  const auto cases = moodle_cases("dataset_csv");
  REQUIRE(cases.size() == 4);
  for (const auto& one : cases) {
    INFO(one.at("name"));
    const auto& inputs = one.at("inputs");
    const auto unit = unit_of(inputs);
    CHECK(text_of({inputs.at("timesplitting"), "2023112400.00", "\\test_target_shortname"}, unit) == one.at("expected").get<std::string>());
  }
}

TEST_CASE("analysables are in the source's order, and -0 keeps its sign", "[analysis]") {
  auto first = given::Unit({"10"}).indicator("given/linear", "core/read_actions", {-0.004});
  auto second = given::Unit({"20", "30"}).indicator("given/linear", "core/read_actions", {-0.333, 0.5});
  const std::vector<plugin::Range> halves{{0, 500, 500, true, "0"}, {501, 1000, 1000, true, "1"}};
  first.ranges(halves, {1});
  second.ranges(halves, {0, 1});
  first.result.analysable.order = 2;
  second.result.analysable.order = 1;
  first.shape.splitter.range_columns = true;
  analysis::DatasetBuilder builder(first.shape, true);
  builder.add(first.result, analysis::Purpose::training);
  builder.add(second.result, analysis::Purpose::training);
  std::string text;
  analysis::write_moodle_dataset({"\\t", "1", "\\x"}, first.shape, true, builder.finish(), analysis::Purpose::training,
                                 [&](std::string_view part) { text += part; });
  CHECK(text ==
        "timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetclasses\n"
        "\"\\t\",4,1,\"\\x\",discrete,\"[0,1]\"\n"
        "range/0,range/1,\"\\core\\analytics\\indicator\\read_actions\",\"\\core\\analytics\\indicator\\read_actions/mean\",\"\\x\"\n"
        "1,0,-0.33,0.08,0\n"
        "1,0,0.5,0.08,1\n"
        "0,1,-0.33,0.08,0\n"
        "0,1,0.5,0.08,1\n"
        "1,0,-0,-0,1\n"
        "0,1,-0,-0,1\n");
}

TEST_CASE("a target of numbers has its limits in the head", "[analysis]") {
  auto unit = given::Unit({"10"}).indicator("given/linear_alone", "gpa", {0.25});
  unit.shape.target.classes.clear();
  unit.shape.target.minimum = 0;
  unit.shape.target.maximum = 100;
  unit.ranges({{0, 1000, 1000, true, "0"}}, {62.5});
  const auto text = text_of({"\\t", "1", "\\x"}, unit);
  CHECK(text ==
        "timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetmin,targetmax\n"
        "\"\\t\",1,1,\"\\x\",linear,0,100\n"
        "gpa,\"\\x\"\n"
        "0.25,62.5\n");
  const auto read = analysis::read_moodle_dataset(File(text).path());
  CHECK(read.dataset.classes.empty());
  CHECK(read.dataset.rows.at(0).label == 62.5);
}

TEST_CASE("a labelled file is read back", "[analysis]") {
  const auto read = analysis::read_moodle_dataset(File(labelled).path());
  CHECK(read.head.time_splitting == "\\core\\analytics\\time_splitting\\quarters");
  CHECK(read.head.target == "\\core_course\\analytics\\target\\course_dropout");
  CHECK(read.head.version == "2023112400");
  const auto& dataset = read.dataset;
  CHECK(dataset.anonymous);
  CHECK(dataset.columns == std::vector<std::string>{"range/0", "range/1", "core/read_actions", "core/read_actions/mean", "gpa"});
  CHECK(dataset.range_names == std::vector<std::string>{"0", "1"});
  CHECK(dataset.classes == std::vector<double>{0, 1});
  REQUIRE(dataset.rows.size() == 4);
  CHECK(dataset.rows[1].sample == "line 5");
  CHECK(dataset.rows[1].label == 1);
  CHECK(dataset.rows[1].range == 0);
  CHECK(dataset.rows[1].group == -1);
  CHECK(dataset.rows[2].range == 1);
  CHECK(dataset.values[2] == -0.33f);
  CHECK(std::isnan(dataset.values[4]));
  CHECK(dataset.values[9] == 0.5f);
}

TEST_CASE("what is wrong in a data set file is told by its line", "[analysis]") {
  CHECK(said_of("") == "F: error: this is no data set file of Moodle: it ends before the line of names\n"
                       "  help: such a file has three header lines: names, values, columns");
  CHECK(said_of("id,name\n1,a\n") == "F:1: error: this is no data set file of Moodle: it begins with 'id', not 'timesplitting'\n"
                                     "  help: such a file has three header lines: names, values, columns");
  CHECK(said_of("\x1f\x8b\x08") == "F: error: the file is compressed\n  help: unpack it first, for example with gunzip");
  CHECK(said_of(labelled.substr(0, labelled.find("range/0"))) ==
        "F: error: this is no data set file of Moodle: it ends before the line of columns\n"
        "  help: such a file has three header lines: names, values, columns");
  CHECK(said_of(labelled.substr(0, labelled.find("1,0,-0.33"))) == "F: error: there are no rows below the three header lines");
  CHECK(said_of(replaced(labelled, "range/0", "sampleid")) ==
        "F:3: error: the file holds no labels: it was made for prediction\n  help: give the file that Moodle made for training");
  CHECK(said_of(replaced(labelled, ",discrete,\"[0,1]\"", ",discrete")) == "F:2: error: there are 5 values for 6 names");
  CHECK(said_of(replaced(labelled, "[0,1]", "0 or 1")) ==
        "F:2: error: targetclasses is '0 or 1', not a list of numbers such as [0,1]");
  CHECK(said_of(replaced(labelled, "discrete", "ordinal")) ==
        "F:2: error: targettype is 'ordinal', neither 'discrete' nor 'linear'");
  CHECK(said_of(replaced(labelled, "moodleversion", "version")) == "F:1: error: the name 'moodleversion' is missing");
  CHECK(said_of(replaced(labelled, ",5,", ",6,")) == "F:3: error: there are 5 columns besides the target's; nfeatures says 6");
  CHECK(said_of(replaced(labelled, "read_actions/mean", "read_actions")) ==
        "F:3: error: the column '\\core\\analytics\\indicator\\read_actions' is there twice");
  CHECK(said_of(replaced(labelled, "gpa,\"\\core_course\\analytics\\target\\course_dropout\"", "gpa,grade")) ==
        "F:3: error: the last column is 'grade', not the target '\\core_course\\analytics\\target\\course_dropout'");
  // Rows: all that is wrong is told at once.
  auto rows = replaced(labelled, "1,0,-0.33,-0.67,,0", "1,1,-0.33,x,,2");
  rows = replaced(rows, "0,1,-0,0,,0", "0,1,-0,0,0");
  rows = replaced(rows, "0,1,0,0,,1", "0,0,0,0,\"\",");
  CHECK(said_of(rows) ==
        "F:4: error: 'x' in the column '\\core\\analytics\\indicator\\read_actions/mean' is no number\n"
        "F:4: error: the label 2 is none of the classes [0, 1]\n"
        "F:4: error: 2 of the columns of ranges are 1, not one\n"
        "F:6: error: there are 5 fields for 6 columns\n"
        "F:7: error: '' in the column '\\core_course\\analytics\\target\\course_dropout' is no number\n"
        "F:7: error: 0 of the columns of ranges are 1, not one");
  CHECK(said_of(labelled + "0,1,\"0,0,,1\n") == "F:8: error: a quote is not closed before the end of the file");
  std::string many = labelled;
  for (int i = 0; i < 100; ++i) many += "1\n";
  const auto said = said_of(many);
  CHECK(std::count(said.begin(), said.end(), '\n') == 20);
  CHECK(said.ends_with("F:27: error: there are 1 fields for 6 columns\nF: error: and perhaps more: reading stops here"));
}
