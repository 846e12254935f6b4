#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <openssl/hmac.h>
#include <zlib.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/campus.hpp"
#include "campus/import.hpp"
#include "campus/record.hpp"

namespace fs = std::filesystem;
using namespace auspex;
using namespace auspex::campus;

namespace {

/// A folder of raw files and a workspace, gone at the end.
struct Place {
  fs::path root;
  fs::path raw;
  fs::path campus;

  Place() {
    std::string pattern = (fs::temp_directory_path() / "auspex-campus-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    raw = root / "raw";
    campus = root / "campus";
    fs::create_directories(raw);
  }
  ~Place() { fs::remove_all(root); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(raw / name, std::ios::binary) << text;
  }
};

/// A source with a log and its people.
spec::Source small_source() {
  spec::Source source;
  source.id = "small";
  source.timezone = "UTC";
  source.raw.push_back({.name = "people", .file = "people", .required = true,
                        .columns = {{"id", "BIGINT", true, {}}, {"code", "VARCHAR", true, {}},
                            {"seen", "BIGINT", false, {}}},
                        .missing = {}, .where = {}});
  source.raw.push_back({.name = "log", .file = "log", .required = false,
                        .columns = {{"id", "BIGINT", true, {}}, {"user", "BIGINT", true, {}}, {"at", "BIGINT", true, {}},
                                    {"what", "VARCHAR", true, {}}},
                        .missing = {}, .where = {}});
  source.tables.push_back({.name = "users",
                           .select = "SELECT id AS user_id, code AS external_id, seen AS created_at, 0 AS seen_known_at, "
                                     "id * 2 AS points FROM people",
                           .known_at = "always",
                           .late = {{"created_at", "seen_known_at"}},
                           .attributes = {{"points", "number", false, "", {}}},
                           .key = {},
                           .where = {"small.toml", 7, 1}});
  source.tables.push_back({.name = "events",
                           .select = "SELECT id AS event_id, \"user\" AS user_id, 1 AS course_id, \"at\" AS time, what AS name FROM log",
                           .known_at = "time",
                           .late = {},
                           .attributes = {},
                           .key = {},
                           .where = {"small.toml", 12, 1}});
  return source;
}

ImportRequest request_of(const Place& place, spec::Source source = small_source()) {
  ImportRequest request;
  request.source = std::move(source);
  request.from = place.raw;
  request.campus = place.campus;
  return request;
}

std::shared_ptr<Campus> opened(const Place& place) { return Campus::open(place.campus, {.threads = 1}); }

/// Every value of a column as text, "-" where it is missing.
std::vector<std::string> values(const Campus& campus, const std::string& table, const std::string& column,
    Time as_of = no_time,
                                std::vector<std::int64_t> keys = {}) {
  const auto* described = campus.find(table)->find(column);
  REQUIRE(described != nullptr);
  const auto scan = campus.scan({.table = table, .columns = {column}, .as_of = as_of, .keys = std::move(keys)});
  std::vector<std::string> texts;
  Batch batch;
  while (scan->next(batch)) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const auto& data = batch.columns[0];
      if (!data.is_valid(row)) {
        texts.push_back("-");
      } else if (described->type == Type::real) {
        texts.push_back(std::to_string(int(data.real(row))));
      } else if (described->dictionary.empty()) {
        texts.push_back(std::to_string(data.integer(row)));
      } else {
        texts.push_back(campus.dictionary(described->dictionary).text(data.integer(row)));
      }
    }
  }
  return texts;
}

using Texts = std::vector<std::string>;

template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    std::string text;
    for (const auto& problem : error.problems()) text += problem.text() + "\n";
    return text;
  }
  return "no error";
}

const std::string people = "id,code,seen\n1,a,100\n2,\"\",\n10,c,300\n";

/// Raw fields as the import read them, through the users' external ids.
Texts codes_of(const std::string& name, const std::string& text) {
  const Place place;
  place.write(name, text);
  import(request_of(place));
  return values(*opened(place), "users", "external_id");
}

}  // namespace

TEST_CASE("empty unquoted fields are missing, quoted ones are empty texts", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  const auto report = import(request_of(place));
  REQUIRE(report.rejects.empty());
  const auto campus = opened(place);
  REQUIRE(values(*campus, "users", "user_id") == Texts{"1", "2", "10"});
  REQUIRE(values(*campus, "users", "external_id") == Texts{"a", "", "c"});
  REQUIRE(values(*campus, "users", "created_at") == Texts{"100", "-", "300"});
  REQUIRE(values(*campus, "users", "points") == Texts{"2", "4", "20"});
  REQUIRE(campus->origin().source == "small");
  REQUIRE(campus->origin().rows.at("users") == 3);
}

TEST_CASE("an absent optional table is empty and reported", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  place.write("other.txt", "x");
  const auto report = import(request_of(place));
  REQUIRE(report.raw.size() == 3);
  REQUIRE(report.raw[1].name == "log");
  REQUIRE(report.raw[1].note == "absent: reads as empty");
  REQUIRE(report.raw[2].name == "other.txt");
  REQUIRE(values(*opened(place), "events", "time").empty());
  REQUIRE(values(*opened(place), "grades", "grade").empty());
}

TEST_CASE("byte order mark, CRLF, quoted line breaks and doubled quotes", "[campus]") {
  REQUIRE(codes_of("people.csv", "\xef\xbb\xbfid,code,seen\r\n1,\"x\r\ny\",5\r\n2,\"q\"\"q\",6\r\n3,\"a,b\",\r\n") ==
          Texts{"x\r\ny", "q\"q", "a,b"});
}

TEST_CASE("MySQL's form", "[campus]") {
  REQUIRE(codes_of("people.csv", "id,code,seen\n1,\"a\\\"b\\\\c\",5\n2,\\N,\\N\n3,\"x\\ny\",7\n") == Texts{"a\"b\\c", "-",
      "x\ny"});
  REQUIRE(codes_of("people.csv", "id\tcode\tseen\n1\ta,b\t5\n2\t\\N\t\\N\n") == Texts{"a,b", "-"});
}

TEST_CASE("a fully quoted file has no empty texts", "[campus]") {
  REQUIRE(codes_of("people.csv", "\"id\",\"code\",\"seen\"\n\"1\",\"\",\"\"\n\"2\",\"b\",\"4\"\n") == Texts{"-", "b"});
}

TEST_CASE("gzip files", "[campus]") {
  const Place place;
  const auto file = gzopen((place.raw / "people.csv.gz").c_str(), "wb");
  gzwrite(file, people.data(), unsigned(people.size()));
  gzclose(file);
  import(request_of(place));
  REQUIRE(values(*opened(place), "users", "external_id") == Texts{"a", "", "c"});
}

TEST_CASE("a campus's own Parquet can be read as a raw table", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  import(request_of(place));
  const auto version = fs::directory_iterator(place.campus / "versions")->path();
  const Place other;
  fs::copy(version / "dictionaries.parquet", other.raw / "people.parquet");
  spec::Source source;
  source.id = "parquet";
  source.timezone = "UTC";
  source.raw.push_back({.name = "people", .file = "people", .required = true,
                        .columns = {{"id", "BIGINT", true, {}}, {"text", "BIGINT", true, {}}}, .missing = {}, .where = {}});
  source.tables.push_back({.name = "users", .select = "SELECT text AS user_id FROM people", .known_at = "always", .late = {},
                           .attributes = {}, .key = {}, .where = {}});
  const auto report = import(request_of(other, source));
  REQUIRE(report.raw[0].read == 6);
  REQUIRE(report.raw[0].rejected == 3);
  REQUIRE(report.rejects.size() == 3);
  REQUIRE(report.rejects[0].reason == "column 'text': the value is no BIGINT");
  REQUIRE(report.rejects[0].line > 0);
  REQUIRE(values(*opened(other), "users", "user_id") == Texts{"1", "2", "10"});
}

TEST_CASE("bad rows are kept aside with file, line and reason", "[campus]") {
  const Place place;
  place.write("people.csv", "id,code,seen\n1,\"x\ny\",5\n2,b\nthree,c,7\n4,d,8,9\n5,e,9\n");
  const auto report = import(request_of(place));
  REQUIRE(report.raw[0].read == 5);
  REQUIRE(report.raw[0].rejected == 3);
  REQUIRE(report.raw[0].kept == 2);
  REQUIRE(report.rejects.size() == 3);
  REQUIRE(report.rejects[0].file == "people.csv");
  REQUIRE(report.rejects[0].line == 4);
  REQUIRE(report.rejects[0].reason == "the row has fewer columns than the header (3)");
  REQUIRE(report.rejects[0].text == "2,b");
  REQUIRE(report.rejects[1].line == 5);
  REQUIRE(report.rejects[1].reason == "column 'id': the value is no BIGINT");
  REQUIRE(report.rejects[2].line == 6);
  REQUIRE(report.rejects[2].reason == "the row has more columns than the header (3)");
  REQUIRE(values(*opened(place), "users", "user_id") == Texts{"1", "5"});
  const auto version = fs::directory_iterator(place.campus / "versions")->path();
  REQUIRE(read_file(version / "rejects.csv").find("people.csv,5,,column 'id': the value is no BIGINT,\"three,c,7\"\n") !=
          std::string::npos);
}

TEST_CASE("a large file gives the same campus and the same bad rows as a small one", "[campus]") {
  const auto stored = [](const Place& place) {
    std::map<std::string, std::string> files;
    const auto version = fs::directory_iterator(place.campus / "versions")->path();
    for (const auto& entry : fs::recursive_directory_iterator(version)) {
      if (entry.is_regular_file()) files[fs::relative(entry.path(), version).string()] = read_file(entry.path());
    }
    return files;
  };
  // Good rows only, rows that DuckDB refuses, empty lines and MySQL's form behind the head.
  for (const std::string& text : {people, std::string("id,code,seen\n1,a,5\n2,b\nthree,c,7\n4,d,8,9\n5,e,9\n"),
                                  std::string("id,code,seen\r\n1,a,5\r\n\r\n2,b,6\r\n\r\n\r\n3,c,"),
                                  std::string("id,code,seen\n1,a,\\N\n2,b,6\n")}) {
    const Place small, large;
    small.write("people.csv", text);
    large.write("people.csv", text);
    auto request = request_of(large);
    request.viewed_from = 1;
    const auto seen = import(request), expected = import(request_of(small));
    REQUIRE(seen.raw[0].read == expected.raw[0].read);
    REQUIRE(seen.raw[0].kept == expected.raw[0].kept);
    REQUIRE(seen.rejects.size() == expected.rejects.size());
    REQUIRE(stored(large) == stored(small));
  }
}

TEST_CASE("too many bad rows fail the import and the old campus stays", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  import(request_of(place));
  const auto before = read_file(place.campus / "current");
  std::string text = "id,code,seen\n1,a,1\n";
  for (int i = 0; i < 11; ++i) text += "x,b,2\n";
  place.write("people.csv", text);
  const auto message = error_of([&] { import(request_of(place)); });
  REQUIRE(message.find("11 of 12 rows of 'people.csv' are bad") != std::string::npos);
  REQUIRE(message.find("people.csv:3: error: column 'id': the value is no BIGINT") != std::string::npos);
  REQUIRE(read_file(place.campus / "current") == before);
  REQUIRE(values(*opened(place), "users", "user_id") == Texts{"1", "2", "10"});
}

TEST_CASE("every missing file and column is listed", "[campus]") {
  const Place place;
  place.write("log.csv", "id,User,at\n");
  const auto message = error_of([&] { import(request_of(place)); });
  REQUIRE(message.find("no file holds table 'people'") != std::string::npos);
  REQUIRE(message.find("'log.csv' has no column 'user'") != std::string::npos);
  REQUIRE(message.find("'log.csv' has no column 'what'") != std::string::npos);
  place.write("people.csv", people);
  place.write("people.csv.gz", people);
  REQUIRE(error_of([&] { import(request_of(place)); }).find("more than one file holds table 'people'") != std::string::npos);
}

TEST_CASE("table prefixes", "[campus]") {
  const Place place;
  auto source = small_source();
  source.raw[0].file = "*people";
  source.raw[1].file = "*log";
  place.write("m_people.csv", people);
  place.write("m_log.csv", "id,user,at,what\n7,1,50,x\n");
  place.write("other_log.csv", "id,user,at,what\n8,1,50,y\n");
  import(request_of(place, source));
  REQUIRE(values(*opened(place), "events", "name") == Texts{"x"});
}

TEST_CASE("repeated keys, missing values and milliseconds are rejected with reasons", "[campus]") {
  const Place place;
  place.write("people.csv", "id,code,seen\n5,first,1\n,b,2\n5,second,3\n");
  place.write("log.csv", "id,user,at,what\n1,5,1700000000000,x\n2,5,1700000000,y\n3,5,,z\n4,5,-99999999999,w\n");
  const auto report = import(request_of(place));
  REQUIRE(report.rejects.size() == 5);
  REQUIRE(report.rejects[0].reason == "'user_id' is missing");
  REQUIRE(report.rejects[1].reason == "repeats the key (user_id) of an earlier row, which was kept");
  REQUIRE(report.rejects[1].text == "user_id=5");
  std::string reasons;
  for (const auto& reject : report.rejects) reasons += reject.reason + "\n";
  REQUIRE(reasons.find("'time' = 1700000000000 is after the year 2200: these look like milliseconds") != std::string::npos);
  REQUIRE(reasons.find("'time' is missing") != std::string::npos);
  REQUIRE(reasons.find("'time' = -99999999999 is not between the years 1900 and 2200") != std::string::npos);
  REQUIRE(values(*opened(place), "users", "external_id") == Texts{"first"});
  REQUIRE(values(*opened(place), "events", "name") == Texts{"y"});
}

TEST_CASE("a column that the table does not have", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  auto source = small_source();
  source.tables[0].select = "SELECT id AS user_id, code AS externl_id, 0 AS seen_known_at, 1 AS points FROM people";
  const auto message = error_of([&] { import(request_of(place, source)); });
  REQUIRE(message.find("small.toml:7:1") != std::string::npos);
  REQUIRE(message.find("'externl_id'") != std::string::npos);
  REQUIRE(message.find("did you mean 'external_id'?") != std::string::npos);
}

TEST_CASE("the source's SQL reads no files", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  auto source = small_source();
  source.tables[0].select = "SELECT length(content) AS user_id, 0 AS seen_known_at FROM read_text('/etc/passwd')";
  REQUIRE(error_of([&] { import(request_of(place, source)); }).find("the select fails") != std::string::npos);
}

TEST_CASE("nothing is seen before it was known", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  std::string log = "id,user,at,what\n";
  for (const auto* row : {"4,2,300,late", "3,1,100,a", "2,1,200,b", "1,1,100,c"}) log += std::string(row) + "\n";
  place.write("log.csv", log);
  auto source = small_source();
  source.tables[0].select = "SELECT id AS user_id, code AS external_id, seen AS created_at, 200 AS seen_known_at, 1 AS points FROM people";
  import(request_of(place, source));
  const auto campus = opened(place);
  REQUIRE(values(*campus, "events", "event_id") == Texts{"1", "3", "2", "4"});
  REQUIRE(values(*campus, "events", "event_id", 200) == Texts{"1", "3", "2"});
  REQUIRE(values(*campus, "events", "event_id", 199) == Texts{"1", "3"});
  REQUIRE(values(*campus, "events", "event_id", 99).empty());
  REQUIRE(values(*campus, "users", "created_at", 200) == Texts{"100", "-", "300"});
  REQUIRE(values(*campus, "users", "created_at", 199) == Texts{"-", "-", "-"});
  REQUIRE(values(*campus, "users", "created_at_known_at", 199) == Texts{"-", "-", "-"});
  REQUIRE(campus->find("events")->known_at == "known_at");
  REQUIRE(campus->find("users")->known_at == "always");
}

TEST_CASE("only the rows of the keys asked for", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  import(request_of(place));
  const auto campus = opened(place);
  REQUIRE(values(*campus, "users", "user_id", no_time, {0, 2}) == Texts{"1", "10"});
  REQUIRE(values(*campus, "users", "user_id", no_time, {1, 2}) == Texts{"2", "10"});
  REQUIRE(error_of([&] { (void)campus->scan({.table = "userz", .columns = {}, .as_of = 0,
      .keys = {}}); }).find("did you mean 'users'") !=
          std::string::npos);
}

TEST_CASE("the same bytes from any number of threads", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  std::string log = "id,user,at,what\n";
  std::uint64_t state = 7;
  for (int i = 0; i < 150'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    // Ids that repeat: ties down to the last column.
    log += std::to_string(i % 1000) + "," + std::to_string(state >> 60) + "," + std::to_string(1'000'000 + (state >> 50) % 50) + ",w" +
           std::to_string((state >> 40) % 7) + "\n";
  }
  place.write("log.csv", log);
  std::string fingerprint;
  std::string record;
  for (const int threads : {1, 2, 2}) {
    auto request = request_of(place);
    request.threads = threads;
    const auto report = import(request);
    const auto version = place.campus / "versions" / report.fingerprint.substr(0, 16);
    const auto folder = fs::exists(version) ? version : fs::path(version.string() + "-2");
    if (fingerprint.empty()) {
      fingerprint = report.fingerprint;
      record = read_file(folder / "campus.toml");
    }
    REQUIRE(report.fingerprint == fingerprint);
    REQUIRE(read_file(folder / "campus.toml") == record);
  }
  const auto campus = opened(place);
  REQUIRE(campus->origin().rows.at("events") == 150'000);
  // The order is total: nothing decreases along (course, user, time, event).
  const auto scan = campus->scan({.table = "events", .columns = {"course_id", "user_id", "time", "event_id"},
      .as_of = no_time, .keys = {}});
  Batch batch;
  std::vector<std::int64_t> last(4, -1);
  std::size_t rows = 0;
  bool ordered = true;
  while (scan->next(batch)) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      std::vector<std::int64_t> now;
      for (const auto& column : batch.columns) now.push_back(column.integer(row));
      ordered = ordered && last <= now;
      last = now;
    }
    rows += batch.rows;
  }
  REQUIRE(rows == 150'000);
  REQUIRE(ordered);
}

TEST_CASE("ids of persons under a key", "[campus]") {
  const Place place;
  place.write("people.csv", "id,code,seen\n1,abc,5\nx2,secret,6\n");
  const std::string key = "0123456789abcdef0123456789abcdef";
  std::ofstream(place.root / "key") << key << "\n";
  auto request = request_of(place);
  request.key_file = place.root / "key";
  const auto report = import(request);
  const auto hmac = [&](const std::string& text) {
    unsigned char digest[32];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
        digest, &size);
    std::string hex;
    for (const auto byte : digest) hex += "0123456789abcdef"[byte >> 4], hex += "0123456789abcdef"[byte & 15];
    return hex;
  };
  REQUIRE(values(*opened(place), "users", "user_id") == Texts{hmac("1")});
  REQUIRE(values(*opened(place), "users", "external_id") == Texts{hmac("abc")});
  REQUIRE(report.rejects.size() == 1);
  REQUIRE(report.rejects[0].text.empty());
  std::ofstream(place.root / "short") << "abc";
  request.key_file = place.root / "short";
  REQUIRE(error_of([&] { import(request); }).find("at least 16 are needed") != std::string::npos);
}

TEST_CASE("what a crashed import left is removed and never read", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  import(request_of(place));
  fs::create_directories(place.campus / "versions" / ".tmp-abcdef" / "users");
  fs::create_directories(place.campus / "versions" / "0123456789abcdef");
  REQUIRE(values(*opened(place), "users", "user_id").size() == 3);
  place.write("people.csv", "id,code\n9,z\n");
  import(request_of(place));
  REQUIRE(values(*opened(place), "users", "user_id") == Texts{"9"});
  REQUIRE(std::distance(fs::directory_iterator(place.campus / "versions"), fs::directory_iterator()) == 1);
  import(request_of(place));
  REQUIRE(values(*opened(place), "users", "user_id") == Texts{"9"});
}

TEST_CASE("a damaged campus is refused", "[campus]") {
  const Place place;
  REQUIRE(error_of([&] { (void)opened(place); }).find("there is no campus") != std::string::npos);
  place.write("people.csv", people);
  import(request_of(place));
  const auto version = fs::directory_iterator(place.campus / "versions")->path();
  std::ofstream(version / "users" / "part-0.parquet", std::ios::app) << "x";
  REQUIRE(error_of([&] { (void)opened(place); }).find("'users/part-0.parquet' has") != std::string::npos);
  fs::remove(version / "users" / "part-0.parquet");
  REQUIRE(error_of([&] { (void)opened(place); }).find("'users/part-0.parquet' is missing") != std::string::npos);
}

TEST_CASE("parameters of a source", "[campus]") {
  const Place place;
  place.write("people.csv", people);
  auto source = small_source();
  source.parameters.push_back({.name = "extra", .type = ParameterType::integer, .is_list = false, .required = false,
      .description = "",
                               .default_value = 3, .minimum = 0, .maximum = 9, .choices = {}});
  source.tables[0].select = "SELECT id AS user_id, 0 AS seen_known_at, getvariable('extra') AS points FROM people";
  import(request_of(place, source));
  REQUIRE(values(*opened(place), "users", "points") == Texts{"3", "3", "3"});
  auto request = request_of(place, source);
  request.parameters = {{"extra", 12}, {"extro", 1}};
  const auto message = error_of([&] { import(request); });
  REQUIRE(message.find("12 is more than the most allowed") != std::string::npos);
  REQUIRE(message.find("did you mean 'extra'?") != std::string::npos);
}

TEST_CASE("OULAD: days, banked marks, late ends, outcomes", "[campus]") {
  const Place place;
  ImportRequest request;
  request.source = spec::read_source(fs::path(AUSPEX_STAGE) / "share/auspex/configs/sources/oulad.toml");
  request.from = fs::path(AUSPEX_TEST_DATA) / "campus" / "oulad";
  request.campus = place.campus;
  const auto report = import(request);
  REQUIRE(report.rejects.empty());
  const auto campus = opened(place);
  // 2013-10-01 and 2014-02-01, 00:00 UTC.
  constexpr Time begin_a = 1'380'585'600;
  constexpr Time begin_b = 1'391'212'800;
  constexpr Time day = 86'400;
  const auto at = [](Time time) { return std::to_string(time); };
  REQUIRE(values(*campus, "courses", "course_id") == Texts{"AAA/2013J", "BBB/2014B"});
  REQUIRE(values(*campus, "courses", "start") == Texts{at(begin_a), at(begin_b)});
  REQUIRE(values(*campus, "courses", "end") == Texts{at(begin_a + 268 * day), at(begin_b + 234 * day)});
  REQUIRE(values(*campus, "enrolments", "enrolment_id") == Texts{"AAA/2013J/11391", "AAA/2013J/28400", "BBB/2014B/28400"});
  REQUIRE(values(*campus, "enrolments", "created_at") == Texts{at(begin_a - 159 * day), at(begin_a - 53 * day),
      at(begin_b)});
  REQUIRE(values(*campus, "enrolments", "end") == Texts{"-", at(begin_a + 12 * day), "-"});
  REQUIRE(values(*campus, "enrolments", "end", begin_a + 12 * day - 1) == Texts{"-", "-"});
  REQUIRE(values(*campus, "enrolments", "imd_band") == Texts{"90-100%", "-", "20-30%"});
  REQUIRE(campus->find("enrolments")->find("imd_band")->audit);
  REQUIRE_FALSE(campus->find("enrolments")->find("studied_credits")->audit);
  // 11391: a click on day 0 and a submission on day 18; 28400: two equal clicks on day -10, then one in BBB and a submission.
  REQUIRE(values(*campus, "events", "time") == Texts{at(begin_a), at(begin_a + 18 * day), at(begin_a - 10 * day),
                                                     at(begin_a - 10 * day), at(begin_b + 5 * day), at(begin_b + 30 * day)});
  REQUIRE(values(*campus, "events", "known_at") == Texts{at(begin_a + day), at(begin_a + 18 * day), at(begin_a - 9 * day),
                                                         at(begin_a - 9 * day), at(begin_b + 6 * day),
                                                             at(begin_b + 30 * day)});
  REQUIRE(values(*campus, "events", "activity_id") ==
          Texts{"999999", "assessment/1752", "546652", "546652", "546652", "assessment/1800"});
  REQUIRE(values(*campus, "events", "count") == Texts{"1", "1", "4", "4", "2", "1"});
  REQUIRE(values(*campus, "grades", "grade") == Texts{"78"});
  REQUIRE(values(*campus, "grades", "graded_at") == Texts{at(begin_a + 32 * day)});
  REQUIRE(values(*campus, "outcomes", "result") == Texts{"Pass", "Withdrawn", "Fail"});
  REQUIRE(values(*campus, "outcomes", "result", begin_a + 268 * day) == Texts{"Pass", "Withdrawn"});
  REQUIRE(values(*campus, "activities", "activity_id") == Texts{"546652", "assessment/1752", "assessment/1757",
      "assessment/1800"});
  REQUIRE(values(*campus, "activities", "close") ==
          Texts{"-", at(begin_a + 19 * day), at(begin_a + 268 * day), at(begin_b + 234 * day)});
}

TEST_CASE("Moodle: settings of activities and sections, modules of events, grades of the past", "[campus]") {
  const Place place;
  place.write("mdl_course.csv", "id,category,shortname,format,startdate,enddate,visible\n1,0,home,site,0,0,1\n"
                                "2,1,weekly,weeks,100,900,1\n3,1,topical,topics,100,900,1\n");
  // The option of another format, of a section or of 0 says nothing of the number of sections.
  place.write("mdl_course_format_options.csv", "courseid,format,sectionid,name,value\n2,weeks,0,numsections,7\n"
                                               "3,weeks,0,numsections,9\n3,topics,0,numsections,0\n"
                                               "3,topics,5,numsections,8\n3,topics,0,coursedisplay,1\n");
  place.write("mdl_course_sections.csv", "id,course,section,visible,availability\n10,2,0,1,\n11,2,1,0,\"{\"\"op\"\":\"\"&\"\"}\"\n"
                                         "20,3,0,1,\n21,3,1,1,\n22,3,2,1,\n");
  place.write("mdl_modules.csv", "id,name\n1,assign\n2,choice\n3,feedback\n");
  place.write("mdl_course_modules.csv", "id,course,module,instance,section,visible\n30,2,1,1,11,1\n31,3,2,1,21,1\n32,3,2,2,22,1\n"
                                        "33,3,2,3,22,1\n34,3,3,1,22,1\n35,3,3,2,22,1\n36,2,1,2,10,1\n");
  place.write("mdl_choice.csv", "id,timeopen,timeclose,showresults\n1,0,0,1\n2,0,0,2\n3,0,0,0\n");
  place.write("mdl_feedback.csv", "id,timeopen,timeclose,publish_stats\n1,0,0,1\n2,0,0,0\n");
  // Of the assignment 1: its grade, an outcome, and a text; of the course: its total.
  place.write("mdl_grade_items.csv",
              "id,courseid,itemtype,itemmodule,iteminstance,gradetype,outcomeid,grademax,gradepass\n40,2,mod,assign,1,1,,10,0\n"
              "41,2,mod,assign,1,2,6,4,0\n42,2,mod,assign,1,3,,0,0\n43,2,course,,1,1,,10,0\n");
  place.write("mdl_grade_grades.csv", "id,itemid,userid,finalgrade,timecreated,timemodified,overridden\n50,40,5,8,300,300,500\n"
                                      "51,41,5,2,310,310,0\n52,42,5,1,320,320,0\n53,43,5,8,,330,0\n");
  // The same grade was given before, and another before that; a later entry is the record of the present one.
  place.write("mdl_grade_grades_history.csv", "id,itemid,userid,finalgrade,timemodified\n60,40,5,6,200\n61,40,5,8,300\n62,40,5,8,600\n");
  place.write("mdl_user.csv", "id,deleted,suspended,idnumber,timecreated\n5,0,0,,1\n");
  place.write("mdl_enrol.csv", "id,courseid\n1,2\n");
  place.write("mdl_user_enrolments.csv", "id,status,enrolid,userid,timestart,timeend,timecreated,timemodified\n");
  place.write("mdl_context.csv", "id,contextlevel,instanceid,path\n");
  place.write("mdl_role.csv", "id,archetype\n");
  place.write("mdl_role_assignments.csv", "id,roleid,contextid,userid\n");
  // In a module, in the course (of the same number), in a module that is gone.
  place.write("mdl_logstore_standard_log.csv",
              "id,eventname,component,crud,edulevel,contextlevel,contextinstanceid,userid,courseid,timecreated\n"
              "70,\\mod_assign\\event\\x,mod_assign,r,2,70,30,5,2,400\n71,\\core\\event\\y,core,r,2,50,30,5,2,401\n"
              "72,\\mod_quiz\\event\\z,mod_quiz,r,2,70,99,5,2,402\n");
  auto request = request_of(place, spec::read_source(fs::path(AUSPEX_STAGE) / "share/auspex/configs/sources/moodle.toml"));
  REQUIRE(import(request).rejects.empty());
  const auto campus = opened(place);
  REQUIRE(values(*campus, "courses", "section_count") == Texts{"7", "2"});
  REQUIRE(values(*campus, "activities", "activity_id") == Texts{"30", "36", "31", "32", "33", "34", "35"});
  REQUIRE(values(*campus, "activities", "grade_items") == Texts{"2", "0", "0", "0", "0", "0", "0"});
  REQUIRE(values(*campus, "activities", "section_visible") == Texts{"0", "1", "1", "1", "1", "1", "1"});
  REQUIRE(values(*campus, "activities", "section_availability") == Texts{"{\"op\":\"&\"}", "-", "-", "-", "-", "-", "-"});
  REQUIRE(values(*campus, "activities", "results_shown") ==
          Texts{"-", "-", "after_answer", "after_close", "never", "always", "never"});
  REQUIRE(values(*campus, "events", "module") == Texts{"assign", "-", "-"});
  REQUIRE(values(*campus, "grades", "graded_at") == Texts{"200", "300", "310", "330", "500"});
  REQUIRE(values(*campus, "grades", "grade") == Texts{"6", "8", "2", "8", "8"});
  REQUIRE(values(*campus, "grades", "kind") == Texts{"activity", "activity", "outcome", "course", "activity"});
}
