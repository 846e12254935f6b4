#include <catch2/catch.hpp>

#include <auspex/availability.hpp>

namespace {

using auspex::availability;
using auspex::ever;
using auspex::no_time;

std::string text_of(const std::optional<auspex::intervals>& open) {
  if (!open) return "unknown";
  std::string text;
  for (const auto& part : *open) {
    text += "[" + (part.from == no_time ? "" : std::to_string(part.from)) + "," +
            (part.until == ever ? "" : std::to_string(part.until)) + ")";
  }
  return text;
}

std::string open(const std::string& json) { return text_of(availability(json).open); }

const std::string from_10 = R"({"type":"date","d":">=","t":10})";
const std::string until_20 = R"({"type":"date","d":"<","t":20})";
const std::string until_30 = R"({"type":"date","d":"<","t":30})";
const std::string from_40 = R"({"t":40,"d":"\u003e\u003d","type":"date"})";
const std::string group = R"({"type":"group","id":7})";

std::string tree(const std::string& op, const std::string& children, const std::string& more = "") {
  return R"({"op":")" + op + R"(","c":[)" + children + "]" + more + "}";
}

/// Conditions whose type is "yes" or "no" are met or not; of all others that cannot be known.
bool met(const char* json) {
  const availability read(json);
  return read.lets_in([&](std::size_t number) -> std::optional<bool> {
    const auto& type = read.conditions[number].type;
    if (type == "yes") return true;
    if (type == "no") return false;
    return std::nullopt;
  });
}

}  // namespace

TEST_CASE("availability: operators and nesting", "[coi]") {
  CHECK(open(tree("&", from_10 + "," + until_20, R"(,"showc":[true,false])")) == "[10,20)");
  CHECK(open(tree("|", until_20 + "," + from_40)) == "[,20)[40,)");
  CHECK(open(tree("|", from_10 + "," + until_20)) == "[,)");
  CHECK(open(tree("!&", from_10 + "," + until_20, R"(,"show":true)")) == "[,10)[20,)");
  CHECK(open(tree("!|", until_20 + "," + from_40)) == "[20,40)");
  CHECK(open(tree("&", until_30 + "," + tree("|", until_20 + "," + tree("!&", from_40)))) == "[,30)");
  CHECK(open(tree("&", from_40 + "," + until_20)) == "");
  // Other conditions differ from user to user and say nothing.
  CHECK(open(tree("|", group + "," + until_20)) == "[,20)");
  CHECK(open(tree("&", group)) == "unknown");
  CHECK(open(tree("!&", tree("&", group) + "," + until_20)) == "[20,)");
  CHECK(open(tree("&", "")) == "unknown");
}

TEST_CASE("availability: dates in the order of the text", "[coi]") {
  const availability read(tree("&", from_10 + "," + tree("!|", until_20 + "," + group) + "," + from_40));
  REQUIRE(read.dates.size() == 3);
  CHECK((read.dates[0].from && read.dates[0].at == 10));
  CHECK((!read.dates[1].from && read.dates[1].at == 20));
  CHECK((read.dates[2].from && read.dates[2].at == 40));
}

TEST_CASE("availability: what is not used is skipped, whatever it is", "[coi]") {
  CHECK(open(R"( { "c" : [ {"type":"profile","v":"a\"\\]}é","list":[1,-2.5e3,[],{}],"n":null,"b":false} , )" + until_20 +
             R"( ] , "op" : "&" } )") == "[,20)");
}

TEST_CASE("availability: texts that are not Moodle's are refused", "[coi]") {
  const auto refused = [](const std::string& json, const std::string& why) {
    INFO(json);
    CHECK_THROWS_WITH(availability(json), Catch::Contains("is not Moodle's availability JSON: " + why));
  };
  refused("", "no '{' at character 1");
  refused("later", "no '{' at character 1");
  refused(R"({"op":"&","c":[)", "no '{' at character 16");
  refused(R"({"op":"&)", "a text without end at character 9");
  refused(R"({"op":"\u00)", "a broken escape");
  refused(R"({"op":"&","c":[]} x)", "text after the end at character 19");
  refused(tree("^", until_20), "an unknown operator, before");
  refused(tree("&", R"({"type":"date","d":"<"})"), "a date without direction or time, before");
  refused(tree("&", R"({"type":"date","d":"=","t":5})"), "a date without direction or time, before");
  refused(tree("&", R"({"type":"date","d":"<","t":1e300})"), "a date without direction or time, before");
  refused(R"({"x":tru})", "a broken number");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"op":"&","c":[)";
  refused(deep, "too many levels");
  refused(R"({"x":)" + std::string(100'000, '['), "too many levels");
  // Every prefix of a good text is refused, not read beyond its end.
  const auto whole = tree("&", from_10 + "," + from_40 + "," + group, R"(,"showc":[true,1.5,"\u0041"])");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> exact(whole.begin(), whole.begin() + std::ptrdiff_t(size));
    CHECK_THROWS_AS(availability({exact.data(), exact.size()}), std::invalid_argument);
  }
}

TEST_CASE("availability: whom a tree lets in", "[coi]") {
  CHECK(met(R"({"op":"&","c":[{"type":"yes"},{"type":"yes"}]})"));
  CHECK_FALSE(met(R"({"op":"&","c":[{"type":"yes"},{"type":"no"}]})"));
  CHECK(met(R"({"op":"|","c":[{"type":"yes"},{"type":"no"}]})"));
  CHECK_FALSE(met(R"({"op":"|","c":[{"type":"no"},{"type":"no"}]})"));
  CHECK_FALSE(met(R"({"op":"!&","c":[{"type":"yes"},{"type":"yes"}]})"));
  CHECK(met(R"({"op":"!&","c":[{"type":"yes"},{"type":"no"}]})"));
  CHECK_FALSE(met(R"({"op":"!|","c":[{"type":"yes"},{"type":"no"}]})"));
  CHECK(met(R"({"op":"!|","c":[{"type":"no"},{"type":"no"}]})"));
  // Trees in trees; two negations cancel.
  CHECK(met(R"({"op":"&","c":[{"op":"|","c":[{"type":"no"},{"type":"yes"}],"show":true},{"type":"yes"}],"showc":[true,true]})"));
  CHECK(met(R"({"op":"!&","c":[{"op":"!|","c":[{"type":"yes"},{"type":"no"}]}]})"));
  CHECK_FALSE(met(R"({"op":"!|","c":[{"op":"&","c":[{"type":"yes"}]}]})"));
  // Nothing asked for is met, negated too.
  CHECK(met(R"({"op":"&","c":[]})"));
  CHECK(met(R"({"op":"|","c":[],"show":true})"));
  CHECK(met(R"({"op":"!&","c":[{"op":"|","c":[]}]})"));
}

TEST_CASE("availability: what is not known decides nothing", "[coi]") {
  CHECK(met(R"({"op":"&","c":[{"type":"profile"}]})"));
  CHECK(met(R"({"op":"!&","c":[{"type":"profile"}]})"));
  CHECK(met(R"({"op":"&","c":[{"type":"profile"},{"type":"yes"}]})"));
  CHECK_FALSE(met(R"({"op":"&","c":[{"type":"profile"},{"type":"no"}]})"));
  CHECK(met(R"({"op":"|","c":[{"type":"profile"},{"type":"no"}]})"));
  CHECK_FALSE(met(R"({"op":"!|","c":[{"type":"profile"},{"type":"yes"}]})"));
}

TEST_CASE("availability: conditions in the order of the text, with what they are made of", "[coi]") {
  const availability read(tree("&", R"({"type":"completion","cm":12,"e": 0},{"op":"|","c":[{"type":"grade","min":40.5,"id":-3},)" +
                                        from_10 + R"(,{"type":"profile","sf":"city","op":"isequalto","v":"c"}]},{"type":"group"},)" +
                                        R"({"type":"grouping","id":7})"));
  REQUIRE(read.conditions.size() == 6);
  const auto& c = read.conditions;
  CHECK((c[0].type == "completion" && c[0].activity == 12 && c[0].state == 0 && !c[0].id && !c[0].date));
  CHECK((c[1].type == "grade" && c[1].id == -3 && !c[1].activity));
  CHECK((c[2].type == "date" && c[2].date && c[2].date->from && c[2].date->at == 10));
  CHECK(c[3].type == "profile");  // whose "op" is no operator of a tree
  CHECK((c[4].type == "group" && !c[4].id));
  CHECK((c[5].type == "grouping" && c[5].id == 7));
  CHECK(text_of(read.open) == "[10,)");
}
