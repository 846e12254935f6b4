#include <catch2/catch.hpp>

#include "plugin/text.hpp"

using namespace auspex::plugin;

TEST_CASE("what a plugin says is cleaned before it is shown", "[plugin]") {
  CHECK(clean_text("plain\ttext\n") == "plain\ttext\n");
  CHECK(clean_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") == "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(clean_text("\x1b[31mred\x7f") == "?[31mred?");
  CHECK(clean_text("cut \xe2\x82") == "cut ??");
  CHECK(clean_text("overlong \xc0\xaf") == "overlong ??");
  CHECK(clean_text("surrogate \xed\xa0\x80") == "surrogate ???");

  const char unterminated[4] = {'f', 'u', 'l', 'l'};
  CHECK(copy_buffer(unterminated, sizeof unterminated) == "full");
  CHECK(refuse_text({nullptr, 0}).empty());
  CHECK(refuse_text({nullptr, 12}) == "has 12 bytes at a null pointer");
  CHECK_FALSE(refuse_text({"x", longest_text + 1}).empty());
}
