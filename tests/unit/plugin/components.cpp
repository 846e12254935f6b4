#include <catch2/catch.hpp>

#include <cmath>

#include "base/error.hpp"
#include "plugin/host.hpp"
#include "plugin/listing.hpp"
#include "unit/plugin/places.hpp"

using namespace auspex;
using namespace auspex::plugin;
using Catch::Matchers::Contains;
using Json = nlohmann::json;
using plugin_tests::load;

namespace {

// 2024-03-10 06:30:00 in UTC, on a day without clock changes in Europe.
constexpr Time morning = 1'710'052'200;

// A frame of a course with samples that own these numbers of rows.
struct TestFrame {
  explicit TestFrame(const std::vector<std::int64_t>& counts) {
    std::int64_t at = 0;
    for (const auto count : counts) {
      begin.push_back(at);
      end.push_back(at += count);
    }
    rows = auspex_rows{sizeof(auspex_rows), AUSPEX_SCOPE_SAMPLE, 0, nullptr, begin.data(), end.data()};
    frame.struct_size = sizeof(auspex_frame);
    frame.analysable = &analysable;
    frame.start = morning;
    frame.end = morning + 86'400;
    frame.sample_count = static_cast<std::int64_t>(counts.size());
    frame.reads = &rows;
    frame.read_count = 1;
  }

  auspex_analysable analysable{sizeof(auspex_analysable), AUSPEX_UNIT_COURSE, 12, 0, AUSPEX_NO_TIME};
  std::vector<std::int64_t> begin, end;
  auspex_rows rows{};
  auspex_frame frame{};
};

// The error of `action`: its fault and first message.
template <class Action>
Problem problem_of(Fault fault, Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.fault() == fault);
    return error.problems().front();
  }
  FAIL("no error");
  return {};
}

const Registry& faulty_registry() {
  static const auto registry = load({"faulty"});
  return registry;
}

Json fault(const char* name) { return {{"fault", name}}; }

}  // namespace

TEST_CASE("a plugin in C is loaded, described and calculates", "[plugin]") {
  auto registry = load({"good"});
  REQUIRE(registry.refused().empty());
  REQUIRE(registry.plugins().size() == 1);
  const auto& plugin = registry.plugins().front();
  CHECK(plugin.id == "good");
  CHECK(plugin.version == "2.0.1");
  CHECK(plugin.licence == "Apache-2.0");
  CHECK(plugin.origin == "--plugin-dir");
  CHECK(plugin.sha256.size() == 64);
  CHECK(plugin.abi_major == 1);
  CHECK(plugin.components == std::vector<std::string>{"good/rows_at_least"});

  const auto* schema = registry.find("good/rows_at_least");
  REQUIRE(schema != nullptr);
  REQUIRE(schema->parameters.size() == 4);
  CHECK(schema->parameters[0].default_value == 3);
  CHECK(schema->parameters[0].maximum == 1000);
  CHECK(schema->parameters[2].choices == std::vector<std::string>{"few", "many"});
  CHECK(schema->parameters[3].is_list);

  // A second look at the same file neither loads nor initialises it again.
  registry = load({"good"});
  REQUIRE(registry.plugins().size() == 1);

  auto indicator = registry.indicator("good/rows_at_least");
  CHECK(indicator.id() == "good/rows_at_least");
  CHECK(indicator.parameters() == Json{{"rows", 3}, {"shift", 0}});
  REQUIRE(indicator.reads().size() == 1);
  const auto& read = indicator.reads().front();
  CHECK(read.stage == AUSPEX_STAGE_CALCULATE);
  CHECK(read.scope == AUSPEX_SCOPE_SAMPLE);
  CHECK(read.window == AUSPEX_WINDOW_RANGE);
  CHECK(read.table == "events");
  CHECK(read.columns == std::vector<std::string>{"time", "name"});
  REQUIRE(read.conditions.size() == 1);
  CHECK(read.conditions[0].values == std::vector<std::string>{"submitted", "uploaded"});
  CHECK(indicator.info().type == AUSPEX_INDICATOR_LINEAR);
  CHECK(indicator.info().required_entities == AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE));

  TestFrame test({2, 0, 3, 7});
  std::vector<double> values(4);
  indicator.calculate(test.frame, values);
  CHECK(values[0] == -1);
  CHECK(std::isnan(values[1]));
  CHECK(values[2] == 1);
  CHECK(values[3] == 1);

  TestFrame empty(std::vector<std::int64_t>{});
  indicator.calculate(empty.frame, {});
}

TEST_CASE("parameters reach the component, and wrong ones do not", "[plugin]") {
  const auto registry = load({"good"});
  const auto make = [&](const Json& parameters) { return registry.indicator("good/rows_at_least", parameters); };

  auto indicator = make({{"rows", 7}, {"shift", -0.5}, {"word", "many"}, {"list", {0.5, 1}}});
  CHECK(indicator.reads().size() == 2);
  TestFrame test({6, 7});
  std::vector<double> values(2);
  const auto problem = problem_of(Fault::plugin, [&] { indicator.calculate(test.frame, values); });
  CHECK(problem.message ==
        "good/rows_at_least of plugin good 2.0.1 gave the value -1.5 to sample 0 (analysable 12, range 2024-03-10T06:30:00Z "
        "to 2024-03-11T06:30:00Z), which is outside [-1, 1]");

  CHECK(problem_of(Fault::configuration, [&] { make({{"rows", "three"}}); }).message ==
        "parameter 'rows' of 'good/rows_at_least': expected an integer, found text");
  CHECK(problem_of(Fault::configuration, [&] { make({{"rows", 0}}); }).message ==
        "parameter 'rows' of 'good/rows_at_least': 0 is less than the least allowed, 1");
  const auto unknown = problem_of(Fault::configuration, [&] { make({{"row", 3}}); });
  CHECK(unknown.message == "'good/rows_at_least' has no parameter 'row'");
  CHECK(unknown.hint == "did you mean 'rows'?");
  CHECK(problem_of(Fault::configuration, [&] { make(Json::array()); }).message ==
        "the parameters of 'good/rows_at_least' must be a table");
  const auto refused = problem_of(Fault::configuration, [&] { make({{"rows", 13}}); });
  CHECK(refused.message == "'good/rows_at_least' refuses its parameters: thirteen is unlucky");
  CHECK(refused.hint == "take twelve");
  try {
    make({{"rows", 0}, {"word", "some"}, {"list", {2}}});
    FAIL("it was created");
  } catch (const Error& error) {
    CHECK(error.problems().size() == 3);
  }
}

TEST_CASE("a plugin is served with the calendar, progress and cancelling", "[plugin]") {
  const auto registry = load({"good"});
  auto indicator = registry.indicator("good/rows_at_least");
  TestFrame test({1});
  std::vector<double> values(1);

  double done = -1;
  set_progress([&](double share) { done = share; });
  indicator.calculate(test.frame, values);
  CHECK(done == 1);
  set_progress([](double) { throw std::runtime_error("lost"); });
  indicator.calculate(test.frame, values);
  set_progress({});
  indicator.calculate(test.frame, values);

  set_cancelled(true);
  CHECK(problem_of(Fault::found, [&] { indicator.calculate(test.frame, values); }).message ==
        "good/rows_at_least was cancelled");
  set_cancelled(false);

  // New York changed its clocks on that day: 06:30 UTC is 01:30 in winter time, a month later it is 01:30 in summer time.
  REQUIRE(indicator.has_prepare());
  set_timezone("America/New_York");
  CHECK(problem_of(Fault::plugin, [&] { indicator.prepare(test.frame); }).message ==
        "good/rows_at_least of plugin good 2.0.1 failed: day 1710046800 month 1712727000");
  set_timezone("UTC");
  const auto utc = problem_of(Fault::plugin, [&] { indicator.prepare(test.frame); });
  CHECK_THAT(utc.message, Contains("day 1710028800 month 1712730600"));
  CHECK(utc.hint == "a hint");
}

TEST_CASE("a plugin of a later minor loads where it needs nothing new", "[plugin]") {
  const auto registry = load({"newer_minor"});
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.plugins().front().abi_minor == 9);
  const auto* schema = registry.find("newer/half");
  REQUIRE(schema != nullptr);
  REQUIRE(schema->parameters.size() == 2);
  CHECK(schema->parameters[1].name == "shares");
  CHECK(schema->parameters[1].default_value == Json({0.1, 0.2}));
  TestFrame test({1});
  std::vector<double> values(1);
  registry.indicator("newer/half").calculate(test.frame, values);
  CHECK(values[0] == 0.5);
}

TEST_CASE("a component of a later kind is listed, not used", "[plugin]") {
  const auto registry = load({"unknown_kind"});
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.schemas().empty());
  CHECK(registry.find("acme/half") == nullptr);
  CHECK(registry.why_not("acme/half", Kind::indicator).message ==
        "'acme/half' of plugin acme 1.2.0 is of the kind 'auspex.oracle/1', which this version does not know");
  const auto listed = info_json(registry, "acme");
  CHECK(listed["components"][0]["kind"] == "unknown");
  CHECK(listed["components"][0]["interface"] == "auspex.oracle/1");
}

TEST_CASE("faults of indicators at run time name the component", "[plugin]") {
  const auto& registry = faulty_registry();
  TestFrame test({1, 1});
  std::vector<double> values(2);
  const auto calculate = [&](const char* name) {
    auto indicator = registry.indicator("faulty/indicator", fault(name));
    return problem_of(Fault::plugin, [&] { indicator.calculate(test.frame, values); });
  };
  const auto create = [&](const char* name) {
    return problem_of(Fault::plugin, [&] { (void)registry.indicator("faulty/indicator", fault(name)); }).message;
  };
  const std::string who = "faulty/indicator of plugin faulty 1.0.0 ";
  const std::string where = "sample 1 (analysable 12, range 2024-03-10T06:30:00Z to 2024-03-11T06:30:00Z), which is ";

  CHECK(calculate("seven").message == who + "gave the value 7 to " + where + "neither -1 nor 1");
  CHECK(calculate("infinite").message == who + "gave the value -inf to " + where + "neither -1 nor 1");
  CHECK(calculate("off_class").message == who + "gave the value 0.25 to " + where + "none of its classes");
  CHECK(calculate("silent").message == who + "failed: calculate returned status 42 without a message");
  const auto failed = calculate("fails");
  CHECK(failed.message == who + "failed: the row is ?[31mreserved ?");
  CHECK(failed.hint == "use another");
  CHECK(calculate("long_message").message == who + "failed: " + std::string(512, 'x'));

  CHECK(create("create_fails") == who + "failed: no licence");
  CHECK(create("describe_fails") == who + "failed: indescribable");
  CHECK(create("declare_fails") == who + "failed: nothing to declare");
  CHECK(create("unknown_type") == who + "breaks the contract: describe: type is 8, which has no meaning");
  CHECK(create("unknown_entity") == who + "breaks the contract: describe: required_entities has unknown bits (0x100000)");
  CHECK(create("no_table") == who + "breaks the contract: declare: a read for stage calculate names no table");
  CHECK(create("no_columns") ==
        who + "breaks the contract: declare: the read of 'events' for stage calculate names no columns");
  CHECK_THAT(create("wrong_stage"), Contains("for stage label: a component of kind indicator has no such stage"));
  CHECK_THAT(create("wrong_scope"), Contains("scope is 9, which has no meaning"));
  CHECK_THAT(create("wrong_window"), Contains("window is 0, which has no meaning"));
  CHECK_THAT(create("null_columns"), Contains("columns has 1 elements at a null pointer"));
  CHECK_THAT(create("history"), Contains("may look past the range's end only under compatibility"));
  CHECK(registry.indicator("faulty/indicator", fault("history"), "4.4").reads().size() == 1);

  // Not among the faults: it works.
  auto fine = registry.indicator("faulty/indicator", fault(""));
  fine.calculate(test.frame, values);
  CHECK(values[1] == 1);
  auto moved = std::move(fine);
  moved.calculate(test.frame, values);
}

TEST_CASE("an exception out of a plugin is an error like any other", "[plugin]") {
  const auto registry = load({"throwing"});
  TestFrame test({1});
  std::vector<double> values(1);
  auto indicator = registry.indicator("throwing/half");
  CHECK(problem_of(Fault::plugin, [&] { indicator.calculate(test.frame, values); }).message ==
        "throwing/half of plugin throwing 1.2.0 failed: it let an exception out, which breaks the contract");
}

TEST_CASE("analysers are checked", "[plugin]") {
  const auto& registry = faulty_registry();
  const TestFrame test({});
  auto analyser = registry.analyser("faulty/analyser");
  CHECK(analyser.info().unit == AUSPEX_UNIT_COURSE);
  CHECK(analyser.info().sample_entity == AUSPEX_ENTITY_ENROLMENT);
  std::vector<std::int64_t> keys;
  analyser.analysables(test.frame, [&](const auspex_analysable& one) { keys.push_back(one.key); });
  CHECK(keys == std::vector<std::int64_t>{5, 6});
  analyser.samples(test.frame, [&](std::span<const std::int64_t> sample) { keys.assign(sample.begin(), sample.end()); });
  CHECK(keys == std::vector<std::int64_t>{7, 12, 9});

  // What the host's own callback throws comes out as it is, after the plugin has returned.
  const auto throwing = [](const auspex_analysable&) { throw std::runtime_error("ours"); };
  CHECK_THROWS_WITH(analyser.analysables(test.frame, throwing), "ours");

  const auto fails = [&](const char* name) {
    return problem_of(Fault::plugin, [&] {
             auto one = registry.analyser("faulty/analyser", fault(name));
             one.analysables(test.frame, [](const auspex_analysable&) {});
             one.samples(test.frame, [](std::span<const std::int64_t>) {});
           }).message;
  };
  CHECK_THAT(fails("own_entity_missing"), Contains("entities lack the sample_entity"));
  CHECK_THAT(fails("wrong_unit"), Contains("analysables: one has the unit 3 and the key 5"));
  CHECK_THAT(fails("few_keys"), Contains("samples: one has 2 keys, its entities are 3"));
  CHECK_THAT(fails("no_own_id"), Contains("samples: one has no id of its own"));
}

TEST_CASE("time splitters are checked", "[plugin]") {
  const auto& registry = faulty_registry();
  const auto split = registry.time_splitter("faulty/splitter").ranges(100, 200, 150);
  REQUIRE(split.ranges.size() == 2);
  CHECK_FALSE(split.reason);
  CHECK(split.ranges[0].start == 100);
  CHECK(split.ranges[0].end == 150);
  CHECK(split.ranges[0].name == "0");
  CHECK(split.ranges[0].for_training);
  CHECK(split.ranges[1].name == "late");
  CHECK_FALSE(split.ranges[1].for_training);

  const auto reason = registry.time_splitter("faulty/splitter", fault("reason")).ranges(100, 200, 150);
  CHECK(reason.ranges.empty());
  CHECK(reason.reason.id == "too_short");
  REQUIRE(reason.reason.arguments.size() == 1);
  CHECK(reason.reason.arguments[0] == std::pair<std::string, std::string>("seconds", "12"));
  CHECK(registry.time_splitter("faulty/splitter", fault("nothing")).ranges(100, 200, 150).reason.id == "no_ranges");

  const auto fails = [&](const char* name) {
    return problem_of(Fault::plugin,
                      [&] { (void)registry.time_splitter("faulty/splitter", fault(name)).ranges(100, 200, 150); })
        .message;
  };
  CHECK_THAT(fails("backwards"), Contains("range 1 is 100 to 99, predicted at 150: it ends before it starts"));
  CHECK_THAT(fails("no_time"), Contains("each must be a time"));
  CHECK_THAT(fails("descending"), Contains("it comes before the range 150 to 200 given earlier"));
  CHECK_THAT(fails("same_name"), Contains("two ranges are named 'late'"));
  CHECK_THAT(fails("ranges_and_reason"), Contains("it gives 2 ranges and the reason 'too_short'"));
  CHECK_THAT(fails("no_direction"), Contains("direction is 0, which has no meaning"));
}

TEST_CASE("targets are checked", "[plugin]") {
  const auto& registry = faulty_registry();
  const TestFrame test({1, 1});
  auto target = registry.target("faulty/target");
  const auto& info = target.info();
  CHECK(info.analyser == "faulty/analyser");
  CHECK(info.classes == std::vector<double>{0, 1});
  CHECK(info.class_names == std::vector<std::string>{"stays", "leaves"});
  CHECK(info.ignored_classes == std::vector<double>{0});
  CHECK(info.sample_reasons == std::vector<std::string>{"not_enrolled", "too_late"});
  CHECK_FALSE(info.boundary);  // nothing was said: a plugin of before there were boundaries
  CHECK(info.decides_from.empty());
  const auto linear = registry.target("faulty/target", fault("linear")).info();
  CHECK(linear.classes.empty());
  CHECK(linear.maximum == 10);
  CHECK(linear.boundary == 4);
  CHECK(linear.decides_from == std::vector<std::string>{"faulty/indicator"});
  CHECK_FALSE(target.check_analysable(test.frame));
  std::vector<std::int32_t> codes(2);
  target.check_samples(test.frame, codes);
  CHECK(codes == std::vector<std::int32_t>{2, 0});
  std::vector<double> labels(2);
  target.label(test.frame, labels);
  CHECK(std::isnan(labels[0]));
  CHECK(labels[1] == 1);

  // A reason that fills its buffer and counts arguments beyond it is cut.
  const auto reason = registry.target("faulty/target", fault("leaves_out")).check_analysable(test.frame);
  CHECK(reason.id == std::string(64, 'x'));
  CHECK(reason.arguments.size() == AUSPEX_REASON_ARGUMENTS);

  const auto fails = [&](const char* name) {
    return problem_of(Fault::plugin, [&] {
             auto one = registry.target("faulty/target", fault(name));
             one.check_samples(test.frame, codes);
             one.label(test.frame, labels);
           }).message;
  };
  CHECK_THAT(fails("no_analyser"), Contains("analyser '' is no component id"));
  CHECK_THAT(fails("one_class"), Contains("a binary target has 1 classes"));
  CHECK_THAT(fails("score_limit"), Contains("score_limit is 1.5"));
  CHECK_THAT(fails("boundary"), Contains("the boundary 11 is outside 0 to 10"));
  CHECK_THAT(fails("unknown_code"), Contains("check_samples: code 3 for sample 1"));
  CHECK_THAT(fails("unknown_label"), Contains("gave the label 2 to sample 1 (analysable 12"));
}

TEST_CASE("backends are checked", "[plugin]") {
  const auto& registry = faulty_registry();
  const std::vector<float> values = {1, 2, 3};
  const std::vector<double> labels = {1, 0, 0};
  const auspex_str name = {"x", 1};
  auspex_matrix matrix{};
  matrix.struct_size = sizeof matrix;
  matrix.threads = 1;
  matrix.rows = 3;
  matrix.columns = 1;
  matrix.values = values.data();
  matrix.names = &name;
  matrix.labels = labels.data();
  matrix.class_count = 2;

  auto backend = registry.backend("faulty/backend");
  CHECK(backend.info().abilities == AUSPEX_CAN_BINARY);
  CHECK_FALSE(backend.can_contribute());
  const auto model = backend.train(matrix);
  CHECK(model.size() == sizeof(double));
  std::vector<double> out(6);
  backend.predict(model, matrix, out);
  CHECK(out[1] == Approx(1.0 / 3));
  CHECK(out[4] == Approx(2.0 / 3));
  CHECK(problem_of(Fault::plugin, [&] { backend.predict("abc", matrix, out); }).message ==
        "faulty/backend of plugin faulty 1.0.0 failed: these are not the bytes of a model");

  const auto fails = [&](const char* which) {
    return problem_of(Fault::plugin, [&] {
             auto one = registry.backend("faulty/backend", fault(which));
             one.predict(one.train(matrix), matrix, out);
           }).message;
  };
  CHECK_THAT(fails("no_abilities"), Contains("it can do neither binary nor multiclass nor regression"));
  CHECK_THAT(fails("no_contributions"), Contains("it claims contributions, but the function is missing"));
  CHECK_THAT(fails("empty_model"), Contains("the model is empty"));
  CHECK_THAT(fails("nan"), Contains("predicted nan for row 1"));
  CHECK_THAT(fails("negative"), Contains("predicted the probability -0.25 for row 1"));
  CHECK_THAT(fails("sum"), Contains("probabilities for row 1 that add up to 1.5, not to 1"));
}

TEST_CASE("contributions are checked against the margin", "[plugin]") {
  const auto& registry = faulty_registry();
  const std::vector<float> values = {1, 2, 3};
  const auspex_str name = {"x", 1};
  auspex_matrix matrix{};
  matrix.struct_size = sizeof matrix;
  matrix.threads = 1;
  matrix.rows = 3;
  matrix.columns = 1;
  matrix.values = values.data();
  matrix.names = &name;
  matrix.class_count = 2;
  std::vector<double> margins(3), shares(6);
  for (const auto* id : {"faulty/explainer", "faulty/older_explainer"}) {
    auto backend = registry.backend(id);
    REQUIRE(backend.can_contribute());
    backend.explain("", matrix, margins, shares);
    CHECK(margins == std::vector<double>{1, 1, 1});
    CHECK(shares == std::vector<double>{0.25, 0.75, 0.25, 0.75, 0.25, 0.75});
  }
  const auto fails = [&](const char* which) {
    return problem_of(Fault::plugin, [&] {
             registry.backend("faulty/explainer", fault(which)).explain("", matrix, margins, shares);
           }).message;
  };
  CHECK_THAT(fails("sum"), Contains("contributions for row 1 that add up to 1.01, not to the margin 1"));
  CHECK_THAT(fails("nan"), Contains("gave the contribution nan for row 1"));
  CHECK_THAT(fails("margin"), Contains("not to the margin nan"));
  matrix.class_count = 3;
  margins.resize(9);
  shares.resize(18);
  CHECK_THAT(problem_of(Fault::plugin, [&] {
               registry.backend("faulty/older_explainer").explain("", matrix, margins, shares);
             }).message,
             Contains("built before the contract could explain more than two classes"));
}

TEST_CASE("what is loaded is listed with reads and parameters", "[plugin]") {
  const auto registry = load({"good", "faulty"});
  const auto listed = list_json(registry);
  CHECK(listed["places"].size() == 2);
  CHECK(listed["places"][0]["exists"] == true);
  REQUIRE(listed["plugins"].size() == 2);
  CHECK(listed["plugins"][0]["id"] == "good");
  CHECK(listed["plugins"][0]["abi"] == "1.0");

  const auto info = info_json(registry, "good/rows_at_least");
  REQUIRE(info["components"].size() == 1);
  const auto& component = info["components"][0];
  CHECK(component["kind"] == "indicator");
  CHECK(component["unit"] == "rows");
  CHECK(component["parameters"][0] == nlohmann::ordered_json{{"name", "rows"},
                                                             {"type", "integer"},
                                                             {"list", false},
                                                             {"required", false},
                                                             {"description", "how many rows make +1"},
                                                             {"default", 3},
                                                             {"minimum", 1.0},
                                                             {"maximum", 1000.0}});
  CHECK(component["reads"][0] == nlohmann::ordered_json{{"stage", "calculate"},
                                                        {"table", "events"},
                                                        {"columns", {"time", "name"}},
                                                        {"scope", "sample"},
                                                        {"window", "range"},
                                                        {"where", {{"name", {"submitted", "uploaded"}}}}});
  const auto unknown = problem_of(Fault::usage, [&] { (void)info_json(registry, "goood"); });
  CHECK(unknown.message == "there is no plugin or component 'goood'");
  CHECK(unknown.hint == "did you mean 'good'?");
}
