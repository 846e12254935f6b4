#include <optional>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "plugin/host.hpp"
#include "unit/plugin/places.hpp"
#include "unit/support/moodle_cases.hpp"

namespace {

using auspex::Time;
using auspex::plugin::Split;
using Json = nlohmann::json;

constexpr Time none = auspex::no_time;

// The methods as the program has them: of the installed plugin, behind the contract.
auspex::plugin::TimeSplitter method(const std::string& id, const Json& parameters = nullptr,
                                    const std::string& compatibility = "") {
  static const auto registry = [] {
    auto options = plugin_tests::options_for({});
    options.places = {{AUSPEX_STAGE "/lib/auspex/plugins", "installation"}};
    return auspex::plugin::Registry::load(options);
  }();
  return registry.time_splitter(id, parameters, compatibility);
}

Split split(const std::string& id, Time start, Time end, Time as_of = 0, const Json& parameters = nullptr,
            Time first = none) {
  return method(id, parameters).ranges(start, end, as_of, first);
}

std::string refusal(const std::string& id, const Json& parameters) {
  try {
    (void)method(id, parameters);
  } catch (const auspex::Error& error) {
    return error.problems().front().message;
  }
  return "";
}

using Borders = std::vector<std::pair<Time, Time>>;

Borders borders(const Split& of) {
  Borders result;
  for (const auto& range : of.ranges) result.emplace_back(range.start, range.end);
  return result;
}

std::vector<std::string> names(const Split& of) {
  std::vector<std::string> result;
  for (const auto& range : of.ranges) result.push_back(range.name);
  return result;
}

Json arguments(const Split& of) {
  Json result = Json::object();
  for (const auto& [name, value] : of.reason.arguments) result[name] = value;
  return result;
}

using Methods = std::vector<std::pair<std::string, Json>>;  // ids with parameters

struct Zone {
  explicit Zone(const std::string& name) { auspex::plugin::set_timezone(name); }
  ~Zone() { auspex::plugin::set_timezone("UTC"); }
};

Json json(const auspex::plugin::Range& range) {
  return {{"start", range.start}, {"end", range.end}, {"time", range.predict_at}};
}

// What a case of Moodle's says of a split, by the name of the expected field.
Json answer(const std::string& field, const Split& of, const auspex::plugin::TimeSplitterInfo& info, Time now) {
  const auto training = of.for_training();
  if (field == "valid") return !of.reason || of.reason.id == "no_ranges";
  if (field == "ranges") {
    Json all = Json::array();
    for (const auto& range : of.ranges) all.push_back(json(range));
    return all;
  }
  if (field == "nranges") return of.ranges.size();
  if (field == "first_range") return json(of.ranges.at(0));
  if (field == "second_range") return json(of.ranges.at(1));
  if (field == "last_range") return json(of.ranges.at(of.ranges.size() - 1));
  if (field == "training_range_indexes") return training;
  if (field == "n_training_ranges") return training.size();
  if (field == "prediction_range_index") {
    const auto index = of.for_prediction(now);
    return index ? Json(*index) : Json(nullptr);
  }
  if (field == "distinct_ranges") {
    Json columns = Json::array();
    for (std::size_t i = 0; i < (info.range_columns ? of.ranges.size() : 1); ++i) columns.push_back(i);
    return columns;
  }
  if (field == "cache_indicator_calculations") return info.cacheable;
  if (field == "valid_for_evaluation") return info.valid_for_evaluation;
  if (field == "include_range_info") return info.range_columns;
  throw std::invalid_argument("nobody compares " + field);
}

// What is corrected by default, and how.
std::optional<Json> corrected(const std::string& name) {
  static const std::map<std::string, Json> all{
      {"noend_quarters", "no_end_time"},
      {"noend_deciles", "no_end_time"},
      {"noend_single_range", Json::array({1568203200, 9999999999})},
      {"zero_start_single_range", Json::array({0, 9999999999})},
  };
  const auto found = all.find(name);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

TEST_CASE("time splitting methods do what Moodle's do", "[time_splitting]") {
  int compared = 0, otherwise = 0;
  for (const std::string compatibility : {"4.4", ""}) {
    for (const auto& one : moodle_cases("time_splitting")) {
      const std::string name = one.at("name");
      INFO(name << (compatibility.empty() ? "" : " under compatibility"));
      const auto& inputs = one.at("inputs");
      const Zone zone(inputs.at("timezone"));
      const auto time = [&](const char* of) {
        const Time t = inputs.value(of, Time{0});
        return t == 0 ? none : t;  // Moodle's "none", as the source reads it
      };
      auto splitter = method("core/" + inputs.at("method").get<std::string>(), nullptr, compatibility);
      const auto of = splitter.ranges(time("start"), time("end"), inputs.at("now"), time("firstanalysis"));
      if (const auto other = compatibility.empty() ? corrected(name) : std::nullopt) {
        if (other->is_string()) CHECK(of.reason.id == *other);
        else CHECK(borders(of) == Borders{{other->at(0), other->at(1)}});
        ++otherwise;
        continue;
      }
      for (const auto& [field, expected] : one.at("expected").items()) {
        INFO(field);
        CHECK(answer(field, of, splitter.info(), inputs.at("now")) == expected);
      }
      ++compared;
    }
  }
  CHECK(compared == 89 + 85);
  CHECK(otherwise == 4);
}

TEST_CASE("time splitting methods say where their ranges lie", "[time_splitting]") {
  for (const auto* id : {"core/past_3_days", "core/past_week", "core/past_month", "core/one_week_after_start",
                         "core/one_month_after_start", "core/ten_percent_after_start", "core/single_range", "core/quarters",
                         "core/deciles_accum"}) {
    INFO(id);
    CHECK(method(id).info().direction == AUSPEX_SPLITS_BEFORE_NOW);
  }
  for (const auto* id : {"core/upcoming_3_days", "core/upcoming_week", "core/upcoming_fortnight"}) {
    INFO(id);
    CHECK(method(id).info().direction == AUSPEX_SPLITS_AFTER_NOW);
  }
  CHECK(method("core/no_splitting").info().direction == AUSPEX_SPLITS_NEITHER);
}

TEST_CASE("parts as short as their number do not share their border, shorter ones do", "[time_splitting]") {
  CHECK(borders(split("core/quarters", 0, 10)) == Borders{{0, 2}, {2, 5}, {5, 7}, {7, 10}});
  CHECK(borders(split("core/quarters", 0, 15)) == Borders{{0, 3}, {3, 7}, {7, 11}, {11, 15}});
  CHECK(borders(split("core/quarters", 0, 16)) == Borders{{0, 4}, {5, 8}, {9, 12}, {13, 16}});
}

TEST_CASE("a life that a method cannot split has a reason", "[time_splitting]") {
  const Json two{{"parts", 2}};
  const Methods of_start_and_end{{"core/quarters", nullptr},
                                 {"core/quarters_accum", nullptr},
                                 {"core/deciles", nullptr},
                                 {"core/deciles_accum", nullptr},
                                 {"core/ten_percent_after_start", nullptr},
                                 {"core/equal_parts", two},
                                 {"core/growing_parts", two},
                                 {"core/checkpoints", {{"fractions", {0.5}}}}};
  for (const auto& [id, parameters] : of_start_and_end) {
    INFO(id);
    CHECK(split(id, none, 100, 200, parameters).reason.id == "no_start_time");
    CHECK(split(id, 100, none, 200, parameters).reason.id == "no_end_time");
    const auto empty = split(id, 100, 100, 200, parameters);
    CHECK(empty.reason.id == "end_not_after_start");
    CHECK(arguments(empty) == Json{{"start", "100"}, {"end", "100"}});
  }
  const Methods of_start{{"core/past_3_days", nullptr},
                         {"core/past_week", nullptr},
                         {"core/past_month", nullptr},
                         {"core/upcoming_3_days", nullptr},
                         {"core/upcoming_week", nullptr},
                         {"core/upcoming_fortnight", nullptr},
                         {"core/one_week_after_start", nullptr},
                         {"core/one_month_after_start", nullptr},
                         {"core/after_start", {{"offsets", {"P1D"}}}}};
  for (const auto& [id, parameters] : of_start) {
    INFO(id);
    CHECK(split(id, none, 100, 200, parameters).reason.id == "no_start_time");
  }
  CHECK(split("core/single_range", 100, 99).reason.id == "end_not_after_start");
  CHECK(borders(split("core/single_range", 100, 100)) == Borders{{100, 100}});
  const auto soon = split("core/one_week_after_start", 1000000001, none, 1000604800);
  CHECK(soon.reason.id == "too_soon_after_start");
  CHECK(arguments(soon) == Json{{"start", "1000000001"}, {"latest_start", "1000000000"}});
}

TEST_CASE("equal parts are any number", "[time_splitting]") {
  const Time start = 1445674532, end = 1477311151;
  CHECK(borders(split("core/equal_parts", start, end, 0, {{"parts", 10}})) == borders(split("core/deciles", start, end)));
  CHECK(borders(split("core/equal_parts", start, end, 0, {{"parts", 4}, {"accumulate", true}})) ==
        borders(split("core/quarters_accum", start, end)));
  CHECK(borders(split("core/equal_parts", 100, 400, 0, {{"parts", 3}})) == Borders{{100, 200}, {201, 300}, {301, 400}});
  CHECK(borders(split("core/equal_parts", 100, 400, 0, {{"parts", 1}})) == Borders{{100, 400}});
}

TEST_CASE("growing parts: each longer by the factor, none shares a second", "[time_splitting]") {
  // 1 + 2 + 4 = 7 sevenths; 1 + 1.5 + 2.25 = 4.75: 1000 / 4.75 = 210.5, 2500 / 4.75 = 526.3
  CHECK(borders(split("core/growing_parts", 100, 800, 0, {{"parts", 3}})) == Borders{{100, 200}, {200, 400}, {400, 800}});
  CHECK(borders(split("core/growing_parts", 0, 1000, 0, {{"parts", 3}, {"factor", 1.5}})) ==
        Borders{{0, 210}, {210, 526}, {526, 1000}});
  CHECK(borders(split("core/growing_parts", 100, 800, 0, {{"parts", 3}, {"accumulate", true}})) ==
        Borders{{100, 200}, {100, 400}, {100, 800}});
  CHECK(borders(split("core/growing_parts", 0, 90, 0, {{"parts", 3}, {"factor", 1}})) ==
        Borders{{0, 30}, {30, 60}, {60, 90}});
  const auto ongoing = split("core/growing_parts", 100, 800, 399, {{"parts", 3}});
  CHECK(ongoing.for_prediction(399) == 0);
  CHECK(ongoing.for_prediction(400) == 1);
  const auto shortest = split("core/growing_parts", 0, 6, 0, {{"parts", 3}});  // 6 / 7 of a second
  CHECK(shortest.reason.id == "too_short_for_parts");
  CHECK(arguments(shortest) == Json{{"seconds", "6"}, {"parts", "3"}});
  CHECK(borders(split("core/growing_parts", 0, 7, 0, {{"parts", 3}})) == Borders{{0, 1}, {1, 3}, {3, 7}});
}

TEST_CASE("windows of any period", "[time_splitting]") {
  const Time start = 1445674532, end = 1477311151, now = 1577836800;
  CHECK(borders(split("core/past_period", start, end, now, {{"period", "P1W"}})) ==
        borders(split("core/past_week", start, end, now)));
  CHECK(borders(split("core/upcoming_period", start, end, now, {{"period", "P2W"}}, now - 86400)) ==
        borders(split("core/upcoming_fortnight", start, end, now, nullptr, now - 86400)));
  // Ten hours of a life that goes on, in windows of four: the last one ends now.
  const Json four_hours{{"period", "PT4H"}};
  CHECK(borders(split("core/past_period", 1000, none, 37000, four_hours)) == Borders{{1000, 15400}, {22600, 37000}});
  // A life of ten hours: its third window would reach beyond the end.
  CHECK(borders(split("core/past_period", 1000, 37000, now, four_hours)) == Borders{{1000, 15400}, {15400, 29800}});
  // 28 February 2019 + P1M10D = 7 April, of which the window would begin on 25 February: the next one is the first.
  const auto uneven = split("core/past_period", 1551312000, 1577836800, 1577836800, {{"period", "P1M10D"}});
  REQUIRE(uneven.ranges.size() > 2);
  CHECK(uneven.ranges[0].start == 1554595200);  // 7 April
  CHECK(uneven.ranges[0].end == 1558051200);    // 17 May
  // An analysis that is still to come has not been.
  CHECK(borders(split("core/upcoming_week", 1000, none, now, nullptr, now + 5)) == Borders{{now, now + 604800}});

  const auto many = split("core/past_period", 1000, none, 101001, {{"period", "PT1S"}});
  CHECK(many.reason.id == "too_many_ranges");
  CHECK(arguments(many) == Json{{"period", "PT1S"}, {"most", "100000"}});
  CHECK(split("core/past_period", 1000, none, 101000, {{"period", "PT1S"}}).ranges.size() == 100000);
}

TEST_CASE("moments after the start", "[time_splitting]") {
  const Json offsets{{"offsets", {"PT4H", "P2D"}}};
  const auto open = split("core/after_start", 1000, none, 100000, offsets);
  CHECK(borders(open) == Borders{{1000, 15400}, {1000, 173800}});
  CHECK(names(open) == std::vector<std::string>{"PT4H", "P2D"});
  CHECK(open.ranges[1].predict_at == 173800);
  CHECK_FALSE(open.for_prediction(15399));
  CHECK(open.for_prediction(15400) == 0);
  CHECK(open.for_prediction(173800) == 1);
  CHECK(borders(split("core/after_start", 1000, 173800, 0, offsets)).size() == 2);
  CHECK(borders(split("core/after_start", 1000, 173799, 0, offsets)) == Borders{{1000, 15400}});
  const auto over = split("core/after_start", 1000, 15399, 0, offsets);
  CHECK(over.reason.id == "ends_before_first_offset");
  CHECK(arguments(over) == Json{{"end", "15399"}, {"offset", "PT4H"}});
  {
    const Zone madrid("Europe/Madrid");  // 26 October 2019, 22:00: the clock goes back in the night
    CHECK(borders(split("core/after_start", 1572120000, none, 0, {{"offsets", {"P1D", "P1DT4H"}}})) ==
          Borders{{1572120000, 1572210000}, {1572120000, 1572224400}});
    CHECK(borders(split("core/after_start", 1572120000, none, 0, {{"offsets", {"PT24H"}}})) ==
          Borders{{1572120000, 1572206400}});
  }
  const std::string who = "'core/after_start' refuses its parameters: offsets: ";
  CHECK(refusal("core/after_start", {{"offsets", Json::array()}}) == who + "at least one is needed");
  CHECK(refusal("core/after_start", {{"offsets", {"P2D", "PT4H"}}}) ==
        who + "PT4H comes after P2D but is not always longer; they must ascend");
  CHECK(refusal("core/after_start", {{"offsets", {"P30D", "P1M"}}}) ==
        who + "P1M comes after P30D but is not always longer; they must ascend");
  CHECK(refusal("core/after_start", {{"offsets", {"P1M", "P2M", "P11M", "P1Y"}}}).empty());
}

TEST_CASE("the last past window follows the present, the others stay", "[time_splitting]") {
  // Moodle's own test: a method of one second.
  const Json second{{"period", "PT1S"}};
  const Time start = 1000;
  const auto before = split("core/past_period", start, none, 1003, second);
  const auto after = split("core/past_period", start, none, 1004, second);
  CHECK(borders(before) == Borders{{1000, 1001}, {1001, 1002}, {1002, 1003}});
  CHECK(borders(after) == Borders{{1000, 1001}, {1001, 1002}, {1002, 1003}, {1003, 1004}});
  const auto ahead = split("core/upcoming_period", start, none, 1006, second, 1000);
  CHECK(ahead.ranges.size() == 7);
  CHECK(ahead.ranges.front().predict_at == 1000);
  CHECK(ahead.for_training() == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("checkpoints are cumulative and named by their fraction", "[time_splitting]") {
  const auto checkpoints = split("core/checkpoints", 1000, 2003, 0, {{"fractions", {0.1, 0.25, 0.333, 1}}});
  // 100.3, 250.75, 333.999, 1003
  CHECK(borders(checkpoints) == Borders{{1000, 1100}, {1000, 1250}, {1000, 1333}, {1000, 2003}});
  CHECK(names(checkpoints) == std::vector<std::string>{"0.1", "0.25", "0.333", "1"});
  for (const auto& range : checkpoints.ranges) CHECK(range.predict_at == range.end);
}

TEST_CASE("checkpoints refuse fractions that do not ascend, are 0 or less or above 1", "[time_splitting]") {
  const auto refused_at = [](const std::vector<double>& fractions) {
    return refusal("core/checkpoints", {{"fractions", fractions}});
  };
  const std::string who = "'core/checkpoints' refuses its parameters: fractions: ";
  CHECK(refused_at({0.4, 0.2}) == who + "0.2 comes after 0.4; they must ascend");
  CHECK(refused_at({0.4, 0.4}) == who + "0.4 comes after 0.4; they must ascend");
  CHECK(refused_at({0.0}) == who + "0 is not above 0 and at most 1");
  CHECK(refused_at({1.5}) == "parameter 'fractions' of 'core/checkpoints': element 1: 1.5 is more than the most allowed, 1");
  CHECK(refused_at({}) == who + "at least one is needed");
}
