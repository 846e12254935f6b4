#include <cmath>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/duckdb.hpp"
#include "campus/parquet.hpp"

namespace fs = std::filesystem;
using namespace auspex;
using campus::ParquetWriter;

namespace {

constexpr std::int64_t memory = std::int64_t{64} << 20;

void write(const fs::path& file, int rows) {
  using Type = ParquetWriter::Type;
  ParquetWriter writer(file, {{"sample", Type::text}, {"end", Type::integer}, {"core/read_actions", Type::real}, {"x", Type::single}},
                       memory);
  for (int i = 0; i < rows; ++i) {
    writer.text(i == 1 ? "it's, \"one\"" : std::to_string(i));
    if (i == 2) writer.missing();
    else writer.integer(std::int64_t{1} << 40);
    writer.real(i == 0 ? std::nan("") : 1.0 / 3);
    writer.single(0.33f);
    writer.end_row();
  }
  writer.finish();
}

}  // namespace

TEST_CASE("a Parquet file holds what was written, in its order", "[campus]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  const auto file = folder.path() / "r.parquet";
  write(file, 3);
  const campus::Engine engine(1, memory, folder.path());
  campus::Connection connection(engine);
  const auto rows = connection.run("SELECT sample, \"end\", CAST(\"core/read_actions\" AS VARCHAR), CAST(x AS VARCHAR), typeof(x) FROM '" +
                                   file.string() + "'");
  REQUIRE(rows.size() == 3);
  CHECK(rows.text(0, 0) == "0");
  CHECK(rows.text(1, 0) == "it's, \"one\"");
  CHECK(rows.integer(1, 1) == std::int64_t{1} << 40);
  CHECK_FALSE(rows.text(2, 1));
  CHECK_FALSE(rows.text(0, 2));
  CHECK(rows.text(1, 2) == "0.3333333333333333");
  CHECK(rows.text(2, 3) == "0.33");
  CHECK(rows.text(2, 4) == "FLOAT");
}

TEST_CASE("the same rows give the same Parquet file, and no rows an empty one", "[campus]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  write(folder.path() / "a", 200000);
  write(folder.path() / "b", 200000);
  CHECK(read_file(folder.path() / "a") == read_file(folder.path() / "b"));
  write(folder.path() / "none", 0);
  const campus::Engine engine(1, memory, folder.path());
  campus::Connection connection(engine);
  CHECK(connection.count("SELECT count(*) FROM read_parquet('" + (folder.path() / "none").string() + "')") == 0);
}

TEST_CASE("two columns of one name are refused, whatever their case", "[campus]") {
  const TemporaryFolder folder(fs::temp_directory_path());
  using Type = ParquetWriter::Type;
  CHECK_THROWS_WITH(ParquetWriter(folder.path() / "a", {{"label", Type::real}, {"Label", Type::single}}, memory),
                    "error: a Parquet file cannot have two columns named 'Label'\n  help: give the indicator another column by 'as'");
}
