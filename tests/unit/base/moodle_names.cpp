#include <string>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "base/moodle_names.hpp"
#include "unit/support/moodle_cases.hpp"

using namespace auspex;

TEST_CASE("a component's id and its class in Moodle say the same", "[base]") {
  struct Pair {
    Kind kind;
    std::string id, moodle;
  };
  const auto pair = GENERATE(
      Pair{Kind::indicator, "mod_assign/cognitive_depth", "\\mod_assign\\analytics\\indicator\\cognitive_depth"},
      Pair{Kind::target, "core_course/course_dropout", "\\core_course\\analytics\\target\\course_dropout"},
      Pair{Kind::time_splitter, "core/quarters_accum", "\\core\\analytics\\time_splitting\\quarters_accum"},
      Pair{Kind::analyser, "core/student_enrolments", "\\core\\analytics\\analyser\\student_enrolments"},
      Pair{Kind::ml_backend, "mlbackend_python/processor", "\\mlbackend_python\\processor"});
  CHECK(moodle_class(pair.kind, pair.id) == pair.moodle);
  CHECK(component_id(pair.kind, pair.moodle) == pair.id);
}

TEST_CASE("what is no class of a kind is refused", "[base]") {
  const std::string text = GENERATE("", "\\", "core/quarters", "core\\analytics\\time_splitting\\quarters",
                                    "\\core\\analytics\\indicator\\read_actions", "\\core\\analytics\\time_splitting\\",
                                    "\\analytics\\time_splitting\\quarters", "\\core\\analytics\\time_splitting\\Quarters",
                                    "\\core\\analytics\\time_splitting\\a\\b", "\\a\\core\\analytics\\time_splitting\\b");
  try {
    (void)component_id(Kind::time_splitter, text);
    FAIL("taken: " << text);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::data);
    CHECK(error.what() == "error: '" + text +
                              "' is no Moodle class of the kind time_splitter\n  help: such a class is written "
                              "\\COMPONENT\\analytics\\time_splitting\\NAME, of lower-case letters, digits and underscores");
  }
}

TEST_CASE("a class comes with the component that Moodle says", "[base]") {
  const std::string prefix = "get_class_component_";
  int count = 0;
  for (const auto& one : moodle_cases("misc")) {
    if (!one.at("name").get<std::string>().starts_with(prefix)) continue;
    INFO(one.dump());
    CHECK(moodle_component(one.at("inputs").at("class").get<std::string>()) == one.at("expected").get<std::string>());
    ++count;
  }
  CHECK(count == 4);
}
