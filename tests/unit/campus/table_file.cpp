#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/duckdb.hpp"
#include "campus/table_file.hpp"

using namespace auspex;
using namespace auspex::campus;
namespace fs = std::filesystem;

namespace {

struct Folder {
  TemporaryFolder folder{fs::temp_directory_path()};
  TableFile::Options with(const std::string& text, const char* name = "t.csv") const {
    write_file(folder.path() / name, text);
    TableFile::Options options;
    options.file = folder.path() / name;
    return options;
  }
};

std::string first_problem(const TableFile::Options& options) {
  try {
    const TableFile table(options);
  } catch (const Error& error) {
    return error.problems().front().message;
  }
  return "no error";
}

}  // namespace

TEST_CASE("a CSV file is read with its types, and bad rows are set aside with their lines", "[campus][table]") {
  const Folder folder;
  const TableFile table(
      folder.with("\xef\xbb\xbfid;x;name\r\n1;1.5;\"a\nb\"\r\n\r\n2;NA;c\r\n3;many;c\r\n4;+2\r\n5; 7 "
                  ";\"\"\r\n6;1e3;d\r\n7;8;d\r\n8;9;d\r\n"));
  REQUIRE(table.columns().size() == 3);
  CHECK(table.find("x")->type == ColumnType::number);
  CHECK(table.find("name")->type == ColumnType::text);
  CHECK(table.rows() == 6);
  CHECK(table.row_numbers() == std::vector<std::int64_t>{1, 2, 5, 6, 7, 8});
  const auto x = table.numbers("x");
  CHECK(x[0] == 1.5);
  CHECK(std::isnan(x[1]));
  CHECK(std::vector<double>(x.begin() + 2, x.end()) == std::vector<double>{7, 1000, 8, 9});
  CHECK(table.texts("name") == std::vector<std::string>{"a\nb", "c", "", "d", "d", "d"});
  CHECK(table.find("x")->missing == 1);
  CHECK(table.find("name")->missing == 1);
  REQUIRE(table.bad_rows().size() == 2);
  CHECK(table.bad_rows()[0].line == 6);  // the first row has two lines, and one is empty
  CHECK(table.bad_rows()[0].row == 3);
  CHECK(table.bad_rows()[0].column == "x");
  CHECK(table.bad_rows()[0].reason == "'many' is no number");
  CHECK(table.bad_rows()[1].reason == "it has 2 fields where the header has 3");
  CHECK(table.categories("name", 2)[0].value == "d");
  CHECK(table.categories("name", 2)[0].rows == 3);
  CHECK(table.distinct("name") == 3);
  CHECK(table.codes("name", {"d", "c"}) == std::vector<std::int32_t>{2, 1, -1, 0, 0, 0});
}

TEST_CASE("missing values of a table become what is asked for", "[campus][table]") {
  const Folder folder;
  auto options = folder.with("a,b,c,d\n1,,3,x\n2,4,,x\n3,8,5,\n4,,9,x\n");
  options.treatments = {{"a", Missing::keep}, {"b", Missing::zero}, {"c", Missing::median}, {"d", Missing::drop}};
  const TableFile table(options);
  CHECK(table.rows() == 3);
  CHECK(table.dropped() == 1);
  CHECK(table.row_numbers() == std::vector<std::int64_t>{1, 2, 4});
  CHECK(table.numbers("b") == std::vector<double>{0, 4, 0});
  CHECK(table.numbers("c") == std::vector<double>{3, 6, 9});  // the median of 3 and 9: the dropped row's 5 is not among them
  options.treatments = {{"d", Missing::median}};
  CHECK(first_problem(options) == "the column 'd' is text: its missing values have no zero and no median");
}

TEST_CASE("rules are over all rows, and what is missing leaves them open", "[campus][table]") {
  const Folder folder;
  const TableFile table(folder.with("x,Y,name\n1,10,a\n2,20,b\n3,30,a\n4,,a\n"));
  const auto holds = [&](const char* expression) { return table.holds({"rule", expression, {}}); };
  using Values = std::vector<std::int8_t>;
  CHECK(holds("x > median(x)") == Values{0, 0, 1, 1});
  CHECK(holds("x > avg(x) or y = max(y)") == Values{0, 0, 1, 1});
  CHECK(holds("y >= 20") == Values{0, 1, 1, -1});
  CHECK(holds("name = 'a' and x < 4") == Values{1, 0, 1, 0});
  CHECK(holds("count(*) = 4") == Values{1, 1, 1, 1});
  CHECK(table.columns_of({"rule", "y > median(x)", {}}) == std::vector<std::string>{"x", "Y"});
  for (const auto* wrong : {"z > 1", "x + 1", "x > random()", "x > (select 1)", "x >", "x > 1; drop table input",
                            "read_csv('/etc/passwd') is null", "name > 1 + x"}) {
    INFO(wrong);
    CHECK_THROWS_AS(holds(wrong), Error);
  }
}

TEST_CASE("a table that is none is refused with its reason", "[campus][table]") {
  const Folder folder;
  const auto message = [&](const std::string& text) {
    auto said = first_problem(folder.with(text));
    const auto file = (folder.folder.path() / "t.csv").string();
    for (auto at = said.find(file); at != std::string::npos; at = said.find(file)) said.replace(at, file.size(), "FILE");
    return said;
  };
  CHECK(message("") == "'FILE' is empty: it has no header");
  CHECK(message("a,b\n") == "'FILE' has no rows below its header");
  CHECK(message("1,2\n3,4\n") == "'FILE' has no header: its first line holds the number 1");
  CHECK(message("a,,b\n1,2,3\n") == "column 2 of 'FILE' has no name in the header");
  CHECK(message("a,b,A\n1,2,3\n") == "the column 'A' of 'FILE' is there twice");
  CHECK(message("a,b\n1\n2\n3,4\n") == "2 of the 3 rows of 'FILE' cannot be read");
  CHECK(first_problem({folder.folder.path() / "none.csv"}).starts_with("there is no file"));
  // One column, one row, nothing in it: still tables.
  CHECK(TableFile(folder.with("a\n1\n")).rows() == 1);
  CHECK(TableFile(folder.with("a,b\n,\n,\n")).find("a")->missing == 2);
  CHECK(TableFile(folder.with(",a\n0,5\n")).columns()[0].name == "Unnamed: 0");
}

TEST_CASE("a Parquet file is a table like any other", "[campus][table]") {
  const Folder folder;
  const auto file = folder.folder.path() / "t.parquet";
  {
    const Engine engine(1, std::int64_t{1} << 28, folder.folder.path());
    Connection(engine).run(
        "COPY (SELECT * FROM (VALUES (1, 1.5, 'a', true), (2, 'nan'::DOUBLE, NULL, false), (3, 'inf'::DOUBLE, 'b', NULL)) "
        "AS t(id, x, name, passed)) TO " +
        sql_text(file.string()) + " (FORMAT parquet)");
  }
  TableFile::Options options;
  options.file = file;
  const TableFile table(options);
  CHECK(table.rows() == 2);
  CHECK(table.numbers("id") == std::vector<double>{1, 2});
  CHECK(std::isnan(table.numbers("x")[1]));
  CHECK(table.find("x")->missing == 1);
  CHECK(table.texts("name") == std::vector<std::string>{"a", ""});
  CHECK(table.texts("passed") == std::vector<std::string>{"true", "false"});
  REQUIRE(table.bad_rows().size() == 1);
  CHECK(table.bad_rows()[0].row == 3);
  CHECK(table.bad_rows()[0].reason == "a value is infinite");
}
