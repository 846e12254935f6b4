// The test kit for authors: that it means what the host does.
#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "campus/schema.hpp"

namespace testing = auspex::testing;

namespace {

using auspex::day;

/// Sees what it declares: how many events, and up to when.
struct seen : auspex::linear_indicator {
  static constexpr std::string_view id = "acme/seen", name = "Seen", description = "How many events, in hundredths.";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr std::array parameters{
      auspex::text_parameter("window", "range, until_end or history", R"("range")"),
      auspex::real_parameter("share", "of an event", "0.01", 0, 1),
      auspex::list_of(auspex::text_parameter("names", "of events", R"(["a", "b \"quoted\""])")),
      auspex::integer_parameter("absent", "is not passed", "null")};

  explicit seen(const auspex::arguments& a) : share(a.real("share")) {
    if (a.has("absent")) throw std::invalid_argument("absent is there");
    if (a.texts("names").back() != "b \"quoted\"") throw std::invalid_argument("names are " + a.texts("names").back());
    auto read = auspex::table("events").columns({"time"}).of_sample();
    const auto window = a.text("window");
    if (window == "range") std::move(read).in_range();
    if (window == "until_end") std::move(read).until_end();
    if (window == "history") std::move(read).in_history();
    events = reads(std::move(read));
  }
  [[nodiscard]] double calculate(const auspex::sample& s) const { return double(s.rows(events).size()) * share; }

  double share;
  auspex::read_handle events;
};

/// Reads a column that there is not, and looks at one that it did not declare.
struct careless : auspex::linear_indicator {
  static constexpr std::string_view id = "acme/careless", name = "Careless", description = "";
  static constexpr auspex::entities needs = auspex::user;
  static constexpr std::array parameters{auspex::text_parameter("column", "to read", R"("time")"),
                                         auspex::integer_parameter("look_at", "this one", "0")};
  explicit careless(const auspex::arguments& a)
      : events(reads(auspex::table("events").columns({a.text("column")}).of_sample().in_range())),
        look_at(a.integer("look_at")) {}
  [[nodiscard]] double calculate(const auspex::sample& s) const {
    return double(s.rows(events).integers(std::size_t(look_at)).size());
  }
  auspex::read_handle events;
  std::int64_t look_at;
};

/// Says what it was told to say.
struct saying : auspex::linear_indicator {
  static constexpr std::string_view id = "acme/saying", name = "Saying", description = "";
  static constexpr std::array parameters{auspex::real_parameter("value", "what it gives")};
  explicit saying(const auspex::arguments& a) : value(a.real("value")) {}
  [[nodiscard]] double calculate(const auspex::sample&) const {
    auspex::log(AUSPEX_LOG_INFO, "said");
    auspex::check_cancelled();
    return value;
  }
  double value;
};

testing::campus days(std::initializer_list<std::int64_t> all) {
  testing::campus campus;
  for (const auto each : all) campus.student(1).did("viewed", each * day);
  return campus;
}

const char* type_name(auspex::campus::Type type) {
  using auspex::campus::Type;
  switch (type) {
    case Type::real:
      return "real";
    case Type::integer:
      return "integer";
    case Type::boolean:
      return "boolean";
    case Type::time:
      return "time";
    case Type::id:
      return "id";
    case Type::word:
      return "word";
  }
  return "";
}

}  // namespace

TEST_CASE("the kit's tables are the campus's", "[sdk]") {
  const auto& tables = auspex::campus::canonical_tables();
  REQUIRE(tables.size() == std::size(testing::canonical_tables));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto& of_kit = testing::canonical_tables[i];
    std::string columns;
    for (const auto& column : tables[i].columns)
      columns += (columns.empty() ? "" : " ") + column.name + ":" + type_name(column.type);
    CHECK(of_kit.name == tables[i].name);
    CHECK(of_kit.time == tables[i].time);
    CHECK(of_kit.grouped == tables[i].order.front());
    CHECK(of_kit.columns == columns);
  }
}

TEST_CASE("the kit cuts windows as the host does", "[sdk]") {
  const auto campus = days({1, 5, 10, 11});
  const auto count = [&](const char* window, const char* compatibility = "") {
    auto when = testing::of_students(campus, 1 * day, 10 * day);
    when.as_of = 20 * day;
    return testing::component<seen>({{"window", window}, {"share", 1.0 / 8}}, compatibility).calculate(campus, when).at(0) *
           8;
  };
  CHECK(count("range") == 2);  // start < t <= end
  CHECK(count("until_end") == 3);
  CHECK(count("history", "4.4") == 4);
  CHECK_THROWS_WITH(count("history"), Catch::Contains("may look past the range's end only under compatibility"));
}

TEST_CASE("the kit hides what was not known", "[sdk]") {
  testing::campus campus;
  campus.student(1).did("viewed", 2 * day, {{"known_at", 6 * day}}).did("viewed", 3 * day);
  CHECK(testing::value_of<seen>(campus, {0, 5 * day}) == 0.01);
  CHECK(testing::value_of<seen>(campus, {0, 6 * day}) == 0.02);
  auto early = testing::of_students(campus, 0, 6 * day);
  early.as_of = 5 * day;
  CHECK(testing::component<seen>().calculate(campus, early) == std::vector<double>{0.01});
}

TEST_CASE("the kit gives rows of the student and the course alone", "[sdk]") {
  auto campus = days({1});
  campus.student(2).did("viewed", day).did("viewed", 2 * day);
  campus.student(1, 2).did("viewed", day);
  campus.add("events", {{"time", day}, {"course_id", 1}});  // nobody's
  CHECK(testing::values<seen>(campus, {0, 9 * day}) == std::vector<double>{0.01, 0.02});
}

TEST_CASE("the kit refuses reads of what is not there, and looks beyond what is declared", "[sdk]") {
  const auto campus = days({1});
  CHECK_THROWS_WITH(testing::value_of<careless>(campus, {0, day}, {{"column", "tme"}}),
                    "reads 'events.tme', which does not exist");
  CHECK_THROWS_WITH(testing::value_of<careless>(campus, {0, day}, {{"look_at", 1}}), "column 1 of a read that declares 1");
  CHECK_THROWS_WITH(testing::value_of<careless>(campus, {0, day}, {{"column", "name"}}), "column 0 holds another type");
  testing::campus wrong;
  wrong.student(1).has("events", {{"time", "noon"}});
  CHECK_THROWS(testing::value_of<careless>(wrong, {0, day}));
}

TEST_CASE("the kit holds values and parameters to what is declared", "[sdk]") {
  const auto campus = days({1});
  const auto said = [&](double value) { return testing::value_of<saying>(campus, {0, day}, {{"value", value}}); };
  CHECK(said(-1) == -1);
  CHECK(std::isnan(said(auspex::none)));
  CHECK_THROWS_WITH(said(7), Catch::Contains("gave the value 7"));
  CHECK_THROWS_WITH(testing::component<saying>(), "it needs the parameter 'value'");
  CHECK_THROWS_WITH(testing::component<saying>({{"value", "high"}}), "the parameter 'value': it takes a number");
  CHECK_THROWS_WITH(testing::component<seen>({{"share", 2}}), Catch::Contains("outside its limits"));
  CHECK_THROWS_WITH(testing::component<seen>({{"shares", 1}}), "it has no parameter 'shares'");
  CHECK_THROWS_WITH(testing::component<seen>({{"names", "a"}}), "the parameter 'names': it takes a list");
}

TEST_CASE("the kit's host keeps a log, and can ask to stop", "[sdk]") {
  auto& host = testing::host::get();
  host.reset();
  const auto campus = days({1});
  (void)testing::value_of<saying>(campus, {0, day}, {{"value", 0}});
  CHECK(host.log() == std::vector<std::pair<std::int32_t, std::string>>{{AUSPEX_LOG_INFO, "said"}});
  host.cancel();
  CHECK_THROWS_WITH(testing::value_of<saying>(campus, {0, day}, {{"value", 0}}), "cancelled");
  host.reset();
}

TEST_CASE("the kit's calendar counts in UTC as the host's does", "[sdk]") {
  const auto* calendar = static_cast<const auspex_calendar*>(
      testing::host::get().services()->get_interface(testing::host::get().services(), AUSPEX_CALENDAR));
  REQUIRE(calendar != nullptr);
  // 31 January 1970, noon, and a month: 3 March; in leap year 1972: 2 March.
  CHECK(calendar->add(30 * day + day / 2, 1, 0) == 61 * day + day / 2);
  CHECK(calendar->add(760 * day, 1, 0) == 791 * day);
  CHECK(calendar->add(0, 0, -1) == -day);
  CHECK(calendar->add(0, -1, 0) == -31 * day);
  CHECK(calendar->day_start(-1) == -day);
  CHECK(calendar->day_start(day + 1) == day);
  CHECK(calendar->add(auspex::no_time, 1, 1) == auspex::no_time);
}

TEST_CASE("a test without a library says what went wrong", "[sdk]") {
  const auto message = [](const std::function<void()>& run) -> std::string {
    try {
      run();
    } catch (const std::exception& e) {
      const std::string text = e.what();
      return text.substr(text.find(": ") + 2);
    }
    return "";
  };
  CHECK(message([] { testing::expect_equal(0.1 + 0.2, 0.3); }) == "");
  CHECK(message([] { testing::expect_equal(auspex::none, auspex::none); }) == "");
  CHECK(message([] { testing::expect_equal(0.5, auspex::none); }) == "got 0.5, expected nan");
  CHECK(message([] { testing::expect_equal(std::vector<double>{1, 2}, {1, 3}); }) == "got {1, 2}, expected {1, 3}");
  CHECK(message([] { testing::expect(false); }) == "it does not hold");
  CHECK(message([] { testing::expect_refusal([] {}, "no"); }) == "nothing was refused, expected 'no'");
}
