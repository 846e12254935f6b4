#include <catch2/catch.hpp>

#include "base/files.hpp"
#include "plugin/listing.hpp"
#include "unit/plugin/places.hpp"

using namespace auspex;
using namespace auspex::plugin;
using Catch::Matchers::Contains;
using plugin_tests::file_of;
using plugin_tests::load;
using plugin_tests::options_for;

namespace {

struct Wrong {
  const char* name;
  const char* code;
  const char* message;  ///< exact, or its part before '*'
  const char* hint = "";
};

#if defined(__x86_64__)
constexpr auto wrong_machine = "the library is built for RISC-V (64 bit); this program runs on x86-64 (64 bit)";
#else
constexpr auto wrong_machine = "the library is built for RISC-V (64 bit); this program runs on arm64 (64 bit)";
#endif

const Wrong all_wrong[] = {
    {"text", "not_a_library", "the file is not a shared library: it does not begin with the ELF magic number"},
    {"empty", "not_a_library", "the file is empty"},
    {"truncated", "truncated", "the file is cut off: its *"},
    {"truncated_header", "truncated", "the file is cut off: its header lies beyond its 40 bytes", "copy or build it again"},
    {"wrong_machine", "wrong_machine", wrong_machine},
    {"no_symbol", "not_a_plugin", "the library does not export the symbol 'auspex_plugin'"},
    {"symbol_is_function", "not_a_plugin", "the library exports 'auspex_plugin', but not as data"},
    {"undefined_symbol", "missing_dependency",
     "it needs the symbol 'nobody_defines_this', which none of its libraries has (*"},
    {"missing_dependency", "missing_dependency", "it needs the library 'libgone.so', which is not installed (*"},
    {"wrong_magic", "not_a_plugin",
     "the symbol 'auspex_plugin' begins with 0x12345678, not with a plugin's magic number 0x58505355"},
    {"future_major", "wrong_abi", "it was built for plugin ABI 7.3; this program has plugin ABI 1.0",
     "install a build of it for ABI 1.x, or a newer Auspex; ABI numbers are separate from Auspex's own version"},
    {"newer_minor_requires", "missing_interface",
     "it requires 'auspex.telepathy/1' of the host; this program (plugin ABI 1.0) does not have that, the plugin was built "
     "for plugin ABI 1.9",
     "install a newer Auspex, or an older build of the plugin"},
    {"short_entry", "invalid_descriptor", "its entry is 160 bytes long, less than the 176 of version 1.0"},
    {"null_components", "invalid_descriptor", "its component table has 3 elements at a null pointer"},
    {"null_component", "invalid_descriptor", "component 1 of the component table is a null pointer"},
    {"no_components", "invalid_descriptor", "it has no components"},
    {"bad_version", "invalid_descriptor", "its version 'new' is not a semantic version such as 1.2.0"},
    {"bad_component_id", "invalid_descriptor",
     "component 1 has the id 'acme/Half Value', which is not of the form component/name"},
    {"foreign_component_id", "invalid_descriptor", "the component 'core/half' does not begin with the plugin's id 'acme/'"},
    {"component_twice", "invalid_descriptor", "the component 'acme/half' is there twice"},
    {"null_functions", "invalid_descriptor", "acme/half: its function table is a null pointer"},
    {"missing_function", "invalid_descriptor",
     "acme/half: the required function 'calculate' of auspex.indicator/1 is missing"},
    {"bad_default", "invalid_descriptor", "acme/half: parameter 'days': its default '7 days' is not JSON"},
    {"default_breaks_limits", "invalid_descriptor",
     "acme/half: parameter 'days': its default '400' breaks its own rules: 400 is more than the most allowed, 365"},
    {"init_fails", "init_failed", "its init failed: the licence server is asleep", "wake it"},
    {"init_throws", "init_failed", "its init failed: init let an exception out, which breaks the contract"},
    {"init_crashes", "crashed_while_loading", "it crashed while it was loaded (SIGSEGV: Segmentation fault)"},
    {"static_crash", "crashed_while_loading",
     "it crashed while it was loaded (SIGSEGV: Segmentation fault); its last output: about to fall"},
    {"static_throw", "crashed_while_loading", "*static trouble"},
    {"static_exit", "crashed_while_loading", "it ended the program while it was loaded (exit code 0)",
     "a plugin must not call exit(); report this to its author"},
};

}  // namespace

TEST_CASE("each wrong plugin is refused with its own reason", "[plugin]") {
  for (const auto& wrong : all_wrong) {
    INFO(wrong.name);
    const auto registry = load({wrong.name});
    CHECK(registry.plugins().empty());
    REQUIRE(registry.refused().size() == 1);
    const auto& refusal = registry.refused().front();
    CHECK(refusal.code == wrong.code);
    CHECK(refusal.file == file_of(wrong.name));
    CHECK(refusal.origin == "--plugin-dir");
    const std::string expected = wrong.message;
    if (const auto star = expected.find('*'); star == std::string::npos) {
      CHECK(refusal.message == expected);
    } else {
      CHECK(refusal.message.starts_with(expected.substr(0, star)));
      CHECK_THAT(refusal.message, Contains(expected.substr(star + 1)));
    }
    if (*wrong.hint != '\0') CHECK(refusal.hint == wrong.hint);
  }
}

TEST_CASE("a plugin that never finishes loading is ended", "[plugin]") {
  auto options = options_for({"init_hangs"});
  options.probe_seconds = 0.5;
  const auto registry = Registry::load(options);
  REQUIRE(registry.refused().size() == 1);
  CHECK(registry.refused().front().code == "hung_while_loading");
  CHECK(registry.refused().front().message ==
        "it did not finish loading within 0.5 seconds; its last output: waiting for Godot");
}

TEST_CASE("without a probe the same checks are made in this process", "[plugin]") {
  auto options = options_for({"future_major", "missing_dependency", "undefined_symbol", "null_components", "init_fails"});
  options.probe_program.clear();
  const auto registry = Registry::load(options);
  REQUIRE(registry.refused().size() == 5);
  CHECK(registry.refused()[0].code == "wrong_abi");
  CHECK(registry.refused()[1].code == "missing_dependency");
  CHECK(registry.refused()[2].code == "missing_dependency");
  CHECK(registry.refused()[3].code == "invalid_descriptor");
  CHECK(registry.refused()[4].code == "init_failed");
  CHECK(registry.refused()[4].ids == std::vector<std::string>{"acme/half"});
}

TEST_CASE("of two plugins with one id neither is used", "[plugin]") {
  const auto registry = load({"twin_one", "twin_two", "good"});
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.plugins().front().id == "good");
  REQUIRE(registry.refused().size() == 2);
  for (const auto& refusal : registry.refused()) {
    CHECK(refusal.code == "duplicate_id");
    CHECK(refusal.message == "2 files have the plugin id 'twin': " + file_of("twin_one").string() + ", " +
                                 file_of("twin_two").string());
    CHECK(refusal.ids == std::vector<std::string>{"twin/half"});
  }
  CHECK(registry.find("twin/half") == nullptr);
}

TEST_CASE("one file reached in several ways counts once", "[plugin]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  std::filesystem::create_symlink(file_of("good"), folder.path() / "a.so");
  std::filesystem::create_symlink(folder.path() / "nowhere", folder.path() / "dangling.so");
  std::filesystem::create_directory(folder.path() / "folder.so");
  write_file(folder.path() / "README.txt", "not looked at");
  auto options = options_for({"good", "does_not_exist", "good"});
  options.places.push_back({folder.path(), "workspace"});
  const auto registry = Registry::load(options);
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.plugins().front().file == file_of("good"));
  CHECK(registry.places().size() == 4);
  REQUIRE(registry.refused().size() == 2);
  CHECK(registry.refused()[0].file == folder.path() / "dangling.so");
  CHECK(registry.refused()[0].code == "not_found");
  CHECK(registry.refused()[1].code == "not_a_library");
  CHECK(registry.refused()[1].message == "it is a folder, not a shared library");
}

TEST_CASE("a component of a refused plugin is refused with the plugin's reason", "[plugin]") {
  const auto registry = load({"init_fails", "good"});
  const auto problem = registry.why_not("acme/half", Kind::indicator);
  CHECK(problem.message == "'acme/half' is in plugin '" + file_of("init_fails").string() +
                               "', which was refused: its init failed: the licence server is asleep");
  CHECK(problem.hint == "wake it");
  try {
    (void)registry.indicator("acme/half");
    FAIL("it was created");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::plugin);
  }

  // A plugin that crashed could not say what it has: its file's name tells.
  const auto crashed = load({"static_crash"});
  CHECK_THAT(crashed.why_not("static_crash/any", Kind::indicator).message, Contains("which was refused: it crashed"));
}

TEST_CASE("an unknown component is refused with the nearest id", "[plugin]") {
  const auto registry = load({"good", "faulty"});
  const auto problem = registry.why_not("good/rows_at_lest", Kind::indicator);
  CHECK(problem.message == "there is no indicator 'good/rows_at_lest'");
  CHECK(problem.hint == "did you mean 'good/rows_at_least'?");
  CHECK(registry.why_not("good/rows_at_least", Kind::target).message ==
        "'good/rows_at_least' is a component of the kind indicator, not target");
  CHECK(registry.why_not("good/rows_at_least", Kind::indicator).message.empty());
  try {
    (void)registry.target("good/nothing");
    FAIL("it was created");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::configuration);
  }
}

TEST_CASE("verdicts of probes are kept under the file's SHA-256", "[plugin]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const auto log = folder.path() / "runs";
  const auto program = folder.path() / "probe";
  write_file(program, "#!/bin/sh\n[ \"$1\" = --probe-plugin ] && echo run >> '" + log.string() + "'\nexec '" AUSPEX_PROBE "' \"$@\"\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto runs = [&] { return std::filesystem::exists(log) ? read_file(log).size() / 4 : 0; };

  const auto plugins = folder.path() / "plugins";
  std::filesystem::create_directory(plugins);
  std::filesystem::copy_file(file_of("good"), plugins / "good.so");
  std::filesystem::copy_file(file_of("static_exit"), plugins / "static_exit.so");
  std::filesystem::copy_file(file_of("missing_dependency"), plugins / "missing_dependency.so");
  auto options = options_for({});
  options.places = {{plugins, "workspace"}};
  options.probe_program = program;
  options.verdicts = folder.path() / "state" / "verdicts";

  auto registry = Registry::load(options);
  CHECK(runs() == 3);
  REQUIRE(registry.plugins().size() == 1);

  // What depends on other libraries is looked at again; the other two are known.
  registry = Registry::load(options);
  CHECK(runs() == 4);
  CHECK(registry.plugins().size() == 1);
  REQUIRE(registry.refused().size() == 2);
  CHECK(registry.refused()[1].message == "it ended the program while it was loaded (exit code 0)");
  CHECK_THAT(registry.refused()[1].hint, Contains("remove '" + options.verdicts.string()));

  auto other = read_file(plugins / "static_exit.so");
  write_file(plugins / "static_exit.so", other + "x");
  (void)Registry::load(options);
  CHECK(runs() == 6);
}

TEST_CASE("what was refused and why is listed", "[plugin]") {
  const auto registry = load({"future_major"});
  const auto listed = list_json(registry);
  REQUIRE(listed["refused"].size() == 1);
  CHECK(listed["refused"][0]["file"] == file_of("future_major").string());
  CHECK(listed["refused"][0]["code"] == "wrong_abi");
  CHECK(listed["refused"][0]["message"] == "it was built for plugin ABI 7.3; this program has plugin ABI 1.0");
  try {
    (void)info_json(registry, "future_major");
    FAIL("it was listed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::plugin);
    CHECK_THAT(error.what(), Contains("was refused: it was built for plugin ABI 7.3"));
  }
}
