// Components in processes of their own answer as they do in this one, and their ends are errors that say what happened.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "plugin/host.hpp"
#include "unit/plugin/places.hpp"

using namespace auspex;
using namespace auspex::plugin;
using Catch::Matchers::Contains;

namespace {

const Registry& registry_of(Isolation isolation) {
  const auto load = [](Isolation how) {
    auto options = plugin_tests::options_for({"faulty", "good"});
    options.isolation = how;
    options.limits = {5, std::int64_t{256} << 20};
    return Registry::load(options);
  };
  static const auto isolated = load(Isolation::all), here = load(Isolation::none);
  return isolation == Isolation::all ? isolated : here;
}

nlohmann::json fault(const std::string& what) { return {{"fault", what}}; }

// A frame of two users whose rows have times, a word and a value that is missing once.
struct Given {
  Given() {
    const auto text = [](const char* value) { return auspex_str{value, std::char_traits<char>::length(value)}; };
    words = {text("submitted"), text("viewed")};
    columns = {{sizeof(auspex_column), AUSPEX_TYPE_TIME, text("time"), 20, times.data(), nullptr, nullptr, 0},
               {sizeof(auspex_column), AUSPEX_TYPE_WORD, text("name"), 20, names.data(), validity.data(), words.data(), 2}};
    entity = {sizeof(auspex_column), AUSPEX_TYPE_ID, text("user_id"), 2, users.data(), nullptr, nullptr, 0};
    rows = {sizeof(auspex_rows), AUSPEX_SCOPE_SAMPLE, 2, columns.data(), begin.data(), end.data()};
    frame.struct_size = sizeof frame;
    frame.analysable = &analysable;
    frame.start = 0;
    frame.end = 100;
    frame.sample_count = 2;
    frame.entities = &entity;
    frame.entity_count = 1;
    frame.reads = &rows;
    frame.read_count = 1;
  }

  std::vector<std::int64_t> times = std::vector<std::int64_t>(20, 50), users{3, 4}, begin{11, 17}, end{17, 19};
  std::vector<std::int32_t> names = std::vector<std::int32_t>(20, 1);
  std::vector<std::uint8_t> validity{0xff, 0xfe, 0x0f};
  std::vector<auspex_str> words;
  std::vector<auspex_column> columns;
  auspex_column entity{};
  auspex_rows rows{};
  auspex_analysable analysable{sizeof(auspex_analysable), AUSPEX_UNIT_COURSE, 12, 0, AUSPEX_NO_TIME, 0};
  auspex_frame frame{};
};

template <class Action>
std::string end_of(Action&& action) {
  try {
    action();
  } catch (const ProcessEnded& ended) {
    CHECK(ended.fault() == Fault::plugin);
    return ended.problems().front().message;
  }
  FAIL("the process did not end");
  return {};
}

struct Matrix {
  std::vector<float> values{0, 1, 2, 3};
  std::vector<double> labels{0, 1, 1, 1};
  auspex_str name{"x", 1};
  auspex_matrix raw{sizeof(auspex_matrix), 1, 4, 1, values.data(), &name, labels.data(), nullptr, nullptr, 2, 7};
};

}  // namespace

TEST_CASE("an isolated plugin is described as one in this process", "[isolation]") {
  const auto& isolated = registry_of(Isolation::all);
  const auto& here = registry_of(Isolation::none);
  REQUIRE(isolated.plugins().size() == 2);
  CHECK(isolated.plugins()[0].isolated);
  CHECK_FALSE(here.plugins()[0].isolated);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(isolated.plugins()[i].id == here.plugins()[i].id);
    CHECK(isolated.plugins()[i].components == here.plugins()[i].components);
  }
  const auto* schema = isolated.find("good/rows_at_least");
  REQUIRE(schema != nullptr);
  REQUIRE(schema->parameters.size() == 4);
  CHECK(schema->parameters[0].default_value == 3);
  CHECK(schema->parameters[1].maximum == HUGE_VAL);
  CHECK(schema->parameters[2].choices == std::vector<std::string>{"few", "many"});
}

TEST_CASE("isolated components of each kind answer as in this process", "[isolation]") {
  for (const auto isolation : {Isolation::all, Isolation::none}) {
    const auto& registry = registry_of(isolation);
    Given given;
    std::vector<double> values(2);
    auto indicator = registry.indicator("good/rows_at_least");
    CHECK(indicator.has_prepare());
    CHECK(indicator.reads().front().conditions.front().values == std::vector<std::string>{"submitted", "uploaded"});
    indicator.calculate(given.frame, values);
    CHECK(values == std::vector<double>{1, -1});  // six rows and two, where three are asked for

    auto analyser = registry.analyser("faulty/analyser");
    std::vector<std::int64_t> keys, samples;
    analyser.analysables(given.frame, [&](const auspex_analysable& one) { keys.push_back(one.key); });
    analyser.samples(given.frame, [&](std::span<const std::int64_t> one) { samples.assign(one.begin(), one.end()); });
    CHECK(keys == std::vector<std::int64_t>{5, 6});
    CHECK(samples == std::vector<std::int64_t>{7, 12, 9});

    auto splitter = registry.time_splitter("faulty/splitter");
    const auto split = splitter.ranges(0, 100, 200);
    REQUIRE(split.ranges.size() == 2);
    CHECK(split.ranges[0].name == "0");
    CHECK(split.ranges[1].name == "late");
    CHECK(registry.time_splitter("faulty/splitter", fault("reason")).ranges(0, 100, 200).reason.arguments.front().second == "12");

    auto target = registry.target("faulty/target");
    CHECK(target.info().class_names == std::vector<std::string>{"stays", "leaves"});
    CHECK(target.info().sample_reasons == std::vector<std::string>{"not_enrolled", "too_late"});
    std::vector<std::int32_t> codes(2);
    target.check_samples(given.frame, codes);
    CHECK(codes == std::vector<std::int32_t>{2, 0});
    target.label(given.frame, values);
    CHECK(std::isnan(values[0]));
    CHECK(values[1] == 1);
    CHECK_FALSE(target.check_analysable(given.frame));

    Matrix matrix;
    auto backend = registry.backend("faulty/backend");
    const auto model = backend.train(matrix.raw);
    std::vector<double> out(8);
    backend.predict(model, matrix.raw, out);
    CHECK(out == std::vector<double>{0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75});
  }
}

TEST_CASE("the end of a worker is an error, and the next call has another worker", "[isolation]") {
  const auto& registry = registry_of(Isolation::all);
  Given given;
  std::vector<double> values(2);
  const std::pair<const char*, const char*> ends[] = {
      {"crash", "crashed (SIGSEGV"}, {"abort", "crashed (SIGABRT"},   {"kill", "crashed (SIGKILL"},
      {"exit", "exit code 7"},       {"overflow", "crashed (SIGSEGV"}, {"allocate", "wanted more than 256 MiB of memory"},
      {"hang", "gave no answer within 5 s"}};
  for (const auto& [what, said] : ends) {
    INFO(what);
    nlohmann::json parameters = fault(what);
    parameters["course"] = 12;
    auto indicator = registry.indicator("faulty/indicator", parameters);
    auto other = registry.indicator("faulty/indicator");
    const auto message = end_of([&] { indicator.calculate(given.frame, values); });
    CHECK_THAT(message, Contains(std::string("faulty/indicator of plugin faulty 1.0.0 ") + (said[0] == 'e' ? "ended its process" : said)));
    CHECK_THAT(message, Contains(said));
    CHECK_THAT(message, Contains("in calculate (analysable 12, range 1970-01-01T00:00:00Z to 1970-01-01T00:01:40Z)"));
    given.analysable.key = 13;
    for (auto* one : {&indicator, &other}) {
      one->calculate(given.frame, values);
      CHECK(values[1] == 1);
    }
    given.analysable.key = 12;
  }
}

TEST_CASE("every kind may end its worker", "[isolation]") {
  const auto& registry = registry_of(Isolation::all);
  Given given;
  Matrix matrix;
  std::vector<double> values(2);
  auto target = registry.target("faulty/target", fault("crash"));
  CHECK_THAT(end_of([&] { target.label(given.frame, values); }), Contains("faulty/target of plugin faulty 1.0.0 crashed"));
  auto analyser = registry.analyser("faulty/analyser", fault("exit"));
  CHECK_THAT(end_of([&] { analyser.samples(given.frame, [](auto) {}); }), Contains("in samples"));
  auto splitter = registry.time_splitter("faulty/splitter", fault("abort"));
  CHECK_THAT(end_of([&] { (void)splitter.ranges(0, 100, 200); }), Contains("in ranges"));
  auto backend = registry.backend("faulty/backend", fault("crash"));
  CHECK_THAT(end_of([&] { (void)backend.train(matrix.raw); }), Contains("in train (4 rows of 1 columns)"));
  CHECK_THAT(end_of([&] { (void)registry.indicator("faulty/indicator", fault("create_crashes")); }), Contains("in create"));
}

TEST_CASE("services work from a worker", "[isolation]") {
  const auto& registry = registry_of(Isolation::all);
  Given given;
  std::vector<double> values(2);
  std::atomic<double> reported = 0;
  set_progress([&](double done) { reported = done; });
  auto indicator = registry.indicator("good/rows_at_least");
  indicator.calculate(given.frame, values);
  CHECK(reported == 1);
  set_progress({});
  // 2024-03-10 06:30 UTC is 07:30 in Rome.
  set_timezone("Europe/Rome");
  given.frame.start = 1'710'052'200;
  CHECK_THROWS_WITH(indicator.prepare(given.frame), Contains("day 1710025200 month 1712727000"));
  set_timezone("UTC");
  CHECK_THROWS_WITH(indicator.prepare(given.frame), Contains("day 1710028800 month 1712730600"));
}

TEST_CASE("threads have workers of their own", "[isolation]") {
  const auto& registry = registry_of(Isolation::all);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Given given;
      std::vector<double> values(2);
      auto indicator = registry.indicator("good/rows_at_least");
      for (int k = 0; k < 50; ++k) {
        indicator.calculate(given.frame, values);
        if (values == std::vector<double>{1, -1}) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 200);
}
