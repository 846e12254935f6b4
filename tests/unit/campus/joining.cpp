// Sources that join the campus of another by declared keys.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "campus/campus.hpp"
#include "campus/import.hpp"

namespace fs = std::filesystem;
using namespace auspex;
using namespace auspex::campus;

namespace {

/// A folder with raw files and a campus, gone at the end.
struct Place {
  fs::path root;
  Place() {
    std::string pattern = (fs::temp_directory_path() / "auspex-joining-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    fs::create_directories(root / "people");
    fs::create_directories(root / "records");
    write("key", "0123456789abcdef0123456789abcdef");
  }
  ~Place() { fs::remove_all(root); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root / name, std::ios::binary) << text;
  }

  [[nodiscard]] ImportReport import(spec::Source source, const char* folder, bool keyed = false, bool alone = false) const {
    ImportRequest request;
    request.source = std::move(source);
    request.from = root / folder;
    request.campus = root / "campus";
    if (keyed) request.key_file = root / "key";
    request.alone = alone;
    return campus::import(request);
  }

  [[nodiscard]] std::shared_ptr<Campus> open() const { return Campus::open(root / "campus", {.threads = 1}); }
};

spec::Source people() {
  spec::Source source;
  source.id = "people";
  source.timezone = "Europe/Paris";
  source.raw.push_back(
      {.name = "people", .file = "people", .columns = {{"id", "VARCHAR", true, {}}, {"code", "VARCHAR", true, {}}}});
  source.tables.push_back({.name = "users",
                           .select = "SELECT id AS user_id, code AS external_id FROM people",
                           .known_at = "always",
                           .where = {"people.toml", 3, 1}});
  return source;
}

/// Rows of (code, time, mark) that are known from their time on.
spec::Source records(const std::string& id = "records", const std::string& table = "marks") {
  spec::Source source;
  source.id = id;
  source.raw.push_back({.name = "marks",
                        .file = "marks",
                        .columns = {{"code", "VARCHAR", true, {}},
                                    {"at", "BIGINT", true, {}},
                                    {"mark", "DOUBLE", true, {}},
                                    {"route", "VARCHAR", false, {}}},
                        .origin = true});
  source.tables.push_back(
      {.name = table,
       .select = "SELECT code AS user_id, \"at\", mark, route, origin FROM marks",
       .known_at = "at",
       .attributes = {{"at", "time", false, "", {}}, {"mark", "number", false, "", {}}, {"route", "text", false, "", {}}},
       .key = {"user_id", "at"},
       .matches = {{"user_id", "users", "external_id", {"records.toml", 5, 11}}},
       .where = {"records.toml", 4, 1}});
  return source;
}

/// "user time mark route" of every row, in the campus's order; "-" = missing.
std::vector<std::string> rows(const Campus& campus, const std::string& table = "marks", Time as_of = no_time) {
  const std::vector<std::string> columns{"user_id", "at", "mark", "route"};
  const auto scan = campus.scan({.table = table, .columns = columns, .as_of = as_of});
  std::vector<std::string> all;
  for (Batch batch; scan->next(batch);) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      std::string text;
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const auto& column = *campus.find(table)->find(columns[c]);
        const auto& data = batch.columns[c];
        std::string value = "-";
        if (data.is_valid(row)) {
          value = column.type == Type::real   ? std::to_string(int(data.real(row)))
                  : column.dictionary.empty() ? std::to_string(data.integer(row))
                                              : campus.dictionary(column.dictionary).text(data.integer(row));
        }
        text += (c == 0 ? "" : " ") + value;
      }
      all.push_back(text);
    }
  }
  return all;
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

const std::string three_people = "id,code\n7,c7\n8,c8\n9,c9\n";
constexpr Time late = 2'000'000'000;

/// Every file of the current version by its name, with its hash.
std::map<std::string, std::string> files(const Place& place) {
  const auto version = read_file(place.root / "campus/current");
  const auto folder = place.root / "campus/versions" / version.substr(0, version.size() - 1);
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) found[fs::relative(entry.path(), folder).string()] = sha256_of_file(entry.path());
  }
  return found;
}

}  // namespace

TEST_CASE("a joining source's keys become the campus's ids, and rows that match nobody are kept aside", "[campus]") {
  const Place place;
  place.write("people/people.csv", "id,code\n7,c7\n8,c8\n9,twice\n10,twice\n11,\n");
  place.write("records/marks.csv",
              "code,at,mark,route\nc8,200,60,b\nc8,100,50,a\nnobody,100,1,z\nc7,100,70,\ntwice,100,2,a\n\"c8\",100,3,a\n");
  (void)place.import(people(), "people");
  const auto report = place.import(records(), "records");

  // In the order in which the rows became known, whatever the file's.
  REQUIRE(rows(*place.open()) == Texts{"7 100 70 -", "8 100 50 a", "8 200 60 b"});
  REQUIRE(rows(*place.open(), "marks", 150) == Texts{"7 100 70 -", "8 100 50 a"});
  REQUIRE(report.timezone == "Europe/Paris");

  REQUIRE(report.matches.size() == 1);
  const auto& matched = report.matches[0];
  REQUIRE(matched.target == "users.external_id");
  REQUIRE(matched.keys == 4);
  REQUIRE(matched.matched == 2);
  REQUIRE(matched.ambiguous == 1);
  REQUIRE(matched.rows == 5);
  REQUIRE(matched.unmatched_rows == 2);
  REQUIRE(matched.subjects == 5);
  REQUIRE(matched.subjects_with_key == 4);
  REQUIRE(matched.subjects_with_rows == 2);

  REQUIRE(report.unmatched.size() == 2);
  REQUIRE(report.unmatched[0].file == "marks.csv");
  REQUIRE(report.unmatched[0].line == 4);
  REQUIRE(report.unmatched[0].reason == "no user has this external_id");
  REQUIRE(report.unmatched[0].text == "user_id=nobody");
  REQUIRE(report.unmatched[1].line == 6);
  REQUIRE(report.unmatched[1].reason == "2 users have this external_id");
  REQUIRE(report.rejects.size() == 1);
  REQUIRE(report.rejects[0].file == "marks.csv");
  REQUIRE(report.rejects[0].line == 7);
  REQUIRE(report.rejects[0].reason == "repeats the key (user_id, at) of an earlier row, which was kept");
}

TEST_CASE("lines are told beside bad rows and quoted line breaks", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\r\nc7,100,bad,a\r\n\r\nc8,100,5,\"a\nb\"\r\nnobody,100,1,z\r\n");
  (void)place.import(people(), "people");
  const auto report = place.import(records(), "records");
  REQUIRE(report.rejects.size() == 1);
  REQUIRE(report.rejects[0].line == 2);
  REQUIRE(report.unmatched.size() == 1);
  REQUIRE(report.unmatched[0].line == 6);
}

TEST_CASE("lines are told of files in MySQL's form, too", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,\\N\nc8,100,80,\"a\nb\"\nnobody,100,1,\\N\n");
  (void)place.import(people(), "people");
  const auto report = place.import(records(), "records");
  REQUIRE(rows(*place.open()) == Texts{"7 100 70 -", "8 100 80 a\nb"});
  REQUIRE(report.unmatched.size() == 1);
  REQUIRE(report.unmatched[0].line == 5);
}

TEST_CASE("a joining source may name people by the campus's own ids", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\n8,100,70,x\nc8,100,80,y\n");
  auto source = records();
  source.tables[0].matches[0].of = "user_id";
  (void)place.import(people(), "people");
  const auto report = place.import(source, "records");
  REQUIRE(rows(*place.open()) == Texts{"8 100 70 x"});
  REQUIRE(report.matches[0].subjects_with_key == 3);
  REQUIRE(report.unmatched.at(0).reason == "no user has this id");
}

TEST_CASE("what joined a campus is matched again when its first source is imported again", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\nc8,100,80,y\nnew,100,90,z\n");
  (void)place.import(people(), "people");
  (void)place.import(records(), "records");
  REQUIRE(rows(*place.open()) == Texts{"7 100 70 x", "8 100 80 y"});

  // Person 7 is gone, 3 is new and takes the first place among the ids; c8 is another account's now.
  place.write("people/people.csv", "id,code\n3,new\n8,\n12,c8\n");
  const auto report = place.import(people(), "people");
  REQUIRE(rows(*place.open()) == Texts{"3 100 90 z", "12 100 80 y"});
  REQUIRE(report.matches.size() == 1);
  REQUIRE(report.matches[0].matched == 2);
  REQUIRE(report.unmatched.size() == 1);
  REQUIRE(report.unmatched[0].line == 2);

  // People whom the records do not know at all are most likely named otherwise.
  place.write("people/people.csv", "id,code\n3,n3\n");
  REQUIRE(error_of([&] { (void)place.import(people(), "people"); }) ==
          "error: source 'records', table 'marks': none of the 3 keys in 'user_id' is a users.external_id: the old campus "
          "stays\n"
          "  help: the source has 'c7', for example, the campus 'n3'; 'auspex import --alone' leaves out what other sources "
          "joined to "
          "the campus\n");
  REQUIRE(rows(*place.open()) == Texts{"3 100 90 z", "12 100 80 y"});
  (void)place.import(people(), "people", false, true);
  REQUIRE(place.open()->find("marks") == nullptr);
}

TEST_CASE("a source that is imported again replaces its own tables alone, and the order of imports changes no byte",
          "[campus]") {
  const Place place, other;
  for (const auto* each : {&place, &other}) {
    each->write("people/people.csv", three_people);
    each->write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\n");
  }
  (void)place.import(people(), "people");
  const auto before = files(place);
  (void)place.import(records(), "records");
  (void)place.import(records("more", "more_marks"), "records");
  const auto both = files(place);
  REQUIRE(both.at("users/part-0.parquet") == before.at("users/part-0.parquet"));

  (void)other.import(people(), "people");
  (void)other.import(records("more", "more_marks"), "records");
  (void)other.import(records(), "records");
  REQUIRE(files(other) == both);

  place.write("records/marks.csv", "code,at,mark,route\nc9,100,90,w\n");
  (void)place.import(records(), "records");
  REQUIRE(rows(*place.open()) == Texts{"9 100 90 w"});
  REQUIRE(rows(*place.open(), "more_marks") == Texts{"7 100 70 x"});
  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\n");
  (void)place.import(records(), "records");
  REQUIRE(files(place) == both);
}

TEST_CASE("a joining source that cannot be joined leaves the campus as it was", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\n7,100,70,x\n");
  REQUIRE(error_of([&] {
            (void)place.import(records(), "records");
          }).find("joins a campus by its keys, and there is none") != std::string::npos);
  (void)place.import(people(), "people");
  const auto before = files(place);
  REQUIRE(error_of([&] { (void)place.import(records(), "records"); }) ==
          "error: source 'records', table 'marks': none of the 1 keys in 'user_id' is a users.external_id: the old campus "
          "stays\n"
          "  help: the source has '7', for example, the campus 'c7'\n");
  REQUIRE(files(place) == before);

  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\n");
  (void)place.import(records(), "records");
  REQUIRE(error_of([&] { (void)place.import(records("others"), "records"); }) ==
          "error: the sources 'others' and 'records' both give the table 'marks'\n"
          "  help: name it otherwise in one of them\n");
  REQUIRE(rows(*place.open()) == Texts{"7 100 70 x"});

  auto wrong = records();
  wrong.tables[0].matches = {{"user_id", "users", "externalid", {"records.toml", 5, 11}}};
  REQUIRE(error_of([&] { (void)place.import(wrong, "records"); }) ==
          "records.toml:5:11: error: 'user_id' cannot be matched with 'users.externalid'\n"
          "  help: did you mean 'users.external_id'?\n");
  wrong.tables[0].matches = {{"user", "users", "external_id", {"records.toml", 5, 11}}};
  REQUIRE(error_of([&] { (void)place.import(wrong, "records"); }) ==
          "records.toml:5:11: error: table 'marks' has no id column 'user' to match\n  help: it has user_id\n");
}

TEST_CASE("pseudonyms agree across sources under one key, and nothing else", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\nleft4711,100,1,x\n");
  (void)place.import(people(), "people", true);
  const auto report = place.import(records(), "records", true);
  REQUIRE(rows(*place.open()) == Texts{hmac_sha256_of("0123456789abcdef0123456789abcdef", "7") + " 100 70 x"});
  // The number of who is kept aside stands nowhere in the campus.
  REQUIRE(report.unmatched.at(0).text.empty());
  for (const auto& [name, hash] : files(place)) {
    const auto version = read_file(place.root / "campus/current");
    const auto text = read_file(place.root / "campus/versions" / version.substr(0, version.size() - 1) / name);
    REQUIRE(text.find("left4711") == std::string::npos);
  }
  REQUIRE(error_of([&] { (void)place.import(records(), "records"); }).find("give --key-file with the same key") !=
          std::string::npos);
  REQUIRE(error_of([&] { (void)place.import(people(), "people"); }).find("give --key-file with the same key") !=
          std::string::npos);
  place.write("key", "another key of more than sixteen bytes");
  REQUIRE(error_of([&] { (void)place.import(records(), "records", true); }).find("both are HMACs: give the key file") !=
          std::string::npos);
}

TEST_CASE("a joining source may give a canonical table that the first source does not, by ids of the campus", "[campus]") {
  const Place place;
  place.write("people/people.csv", three_people);
  place.write("records/marks.csv", "code,at,mark,route\nc7,100,70,x\n");
  auto source = records();
  source.tables[0] = {.name = "outcomes",
                      .select = "SELECT code AS user_id, NULL AS course_id, 'pass' AS result, \"at\" FROM marks",
                      .known_at = "at",
                      .matches = {{"user_id", "users", "external_id", {}}},
                      .where = {}};
  (void)place.import(people(), "people");
  // outcomes needs a course, and the row has none.
  REQUIRE(place.import(source, "records").rejects.at(0).reason == "'course_id' is missing");
  REQUIRE(place.open()->find("outcomes")->known_at == "known_at");
}
