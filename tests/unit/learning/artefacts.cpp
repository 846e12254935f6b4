#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "learning/card.hpp"
#include "learning/training.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;
namespace fs = std::filesystem;

namespace {

analysis::Dataset training_data() {
  return dataset({{"a", "", 100, 200}}, {{0, 0, 1, 1, .75f}, {0, 0, 2, 0, .25f}, {0, 0, 3, none, .5f},
                                         {0, 1, 1, 1, .75f}, {0, 1, 2, 1, .25f}, {0, 1, 3, 1, .5f, false}});
}

Artefact trained(bool per_range = false) {
  Echo learner;
  FitOptions options;
  options.per_range = per_range;
  options.seed = 18446744073709551615ULL;
  return train(training_data(), learner, options,
               {{{"id", "toy/model"}, {"l2", 0.1}}, nlohmann::ordered_json::array({{{"id", "toy"}, {"version", "1.0.0"}}}),
                "fingerprint", nullptr, nullptr, ""});
}

void overwrite(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

}  // namespace

TEST_CASE("an artefact is saved, loaded and predicts the same", "[learning]") {
  TemporaryFolder folder(fs::temp_directory_path());
  const auto artefact = trained();
  artefact.save(folder.path() / "one");
  trained().save(folder.path() / "two");
  for (const auto* name : {"artefact.json", "artefact.sha256", "card.json", "card.md", "model-all.bin"}) {
    CHECK(read_file(folder.path() / "one" / name) == read_file(folder.path() / "two" / name));
  }
  CHECK(artefact.id() == sha256_of_file(folder.path() / "one" / "artefact.json"));
  CHECK(read_file(folder.path() / "one" / "artefact.sha256") == artefact.id() + "  artefact.json\n");
  CHECK(read_file(folder.path() / "one" / "model-all.bin") == "echo 5 4");

  const auto loaded = Artefact::load(folder.path() / "one", artefact.id());
  CHECK(loaded.id() == artefact.id());
  CHECK(loaded.seed == 18446744073709551615ULL);
  CHECK(loaded.columns == std::vector<std::string>{"p", "constant"});
  CHECK(loaded.provenance.spec["id"] == "toy/model");
  Echo learner;
  const auto predictions = predict(loaded, learner, training_data());
  CHECK(predictions.width == 2);
  CHECK(predictions.values == std::vector<double>{.25, .75, .75, .25, .5, .5, .25, .75, .75, .25, .5, .5});
  CHECK(predictions.without_model.empty());
  CHECK_THROWS_AS(artefact.save(folder.path() / "one"), Error);
}

TEST_CASE("one model a range: what cannot be learned has its reason", "[learning]") {
  TemporaryFolder folder(fs::temp_directory_path());
  trained(true).save(folder.path() / "model");
  CHECK(fs::exists(folder.path() / "model" / "model-0.bin"));
  CHECK_FALSE(fs::exists(folder.path() / "model" / "model-1.bin"));
  const auto loaded = Artefact::load(folder.path() / "model");
  Echo learner;
  auto data = training_data();
  data.range_names.push_back("r2");
  data.rows[5].range = 2;
  const auto predictions = predict(loaded, learner, data);
  CHECK(predictions.without_model == std::map<std::int32_t, std::string>{{1, "one_class"}, {2, "range_unknown"}});
  CHECK(predictions.values[1] == .75);
  CHECK(std::isnan(predictions.values[7]));
  CHECK(std::isnan(predictions.values[11]));
}

TEST_CASE("training without labels or with one class says so", "[learning]") {
  Echo learner;
  auto data = training_data();
  for (auto& row : data.rows) row.label = 1;
  CHECK_THROWS_WITH(train(data, learner, {}, {}), Catch::Contains("the same label"));
  for (auto& row : data.rows) row.label = none;
  CHECK_THROWS_WITH(train(data, learner, {}, {}), Catch::Contains("no sample of the population 'all' has a label"));
}

TEST_CASE("labels outside the target's classes are refused", "[learning]") {
  Echo learner;
  auto data = training_data();
  data.rows[1].label = 2;
  CHECK_THROWS_WITH(train(data, learner, {}, {}), Catch::Contains("the label 2 of sample 's1'"));
}

TEST_CASE("other columns, classes, ranges or backends are refused with the difference", "[learning]") {
  const auto artefact = trained();
  Echo learner;
  auto data = training_data();
  SECTION("missing and surplus") {
    data.columns = {"p", "other"};
    CHECK_THROWS_WITH(predict(artefact, learner, data), Catch::Contains("missing: 'constant'; surplus: 'other'"));
  }
  SECTION("order") {
    data.columns = {"constant", "p"};
    CHECK_THROWS_WITH(predict(artefact, learner, data), Catch::Contains("order: column 1 is 'constant' instead of 'p'"));
  }
  SECTION("classes") {
    data.classes = {0, 1, 2};
    CHECK_THROWS_WITH(predict(artefact, learner, data), Catch::Contains("[0, 1, 2]; the model was trained on [0, 1]"));
  }
  SECTION("ranges") {
    data.range_names[1] = "half";
    CHECK_THROWS_WITH(predict(artefact, learner, data), Catch::Contains("range 1 is named 'half'"));
  }
  SECTION("backend") {
    struct Other : Echo {
      std::string id() const override { return "toy/other"; }
    } other;
    CHECK_THROWS_WITH(predict(artefact, other, data), Catch::Contains("trained by 'toy/echo', not by 'toy/other'"));
  }
}

TEST_CASE("altered, truncated and missing files are refused by name", "[learning]") {
  TemporaryFolder folder(fs::temp_directory_path());
  const auto path = folder.path() / "model";
  trained().save(path);
  const auto refused = [&](const std::string& file, const std::string& why) {
    CHECK_THROWS_WITH(Artefact::load(path), Catch::Contains(file) && Catch::Contains(why));
  };
  SECTION("a model cut short") {
    overwrite(path / "model-all.bin", "echo 5");
    refused("model-all.bin", "has 6 bytes instead of 8");
  }
  SECTION("a model changed") {
    overwrite(path / "model-all.bin", "echo 5 3");
    refused("model-all.bin", "SHA-256 differs");
  }
  SECTION("a model gone") {
    fs::remove(path / "model-all.bin");
    refused("model-all.bin", "is missing");
  }
  SECTION("the description changed") {
    auto text = read_file(path / "artefact.json");
    text.replace(text.find("fingerprint\": \"f"), 16, "fingerprint\": \"F");
    overwrite(path / "artefact.json", text);
    refused("artefact.json", "was changed");
  }
  SECTION("a description that is none, with its digest") {
    overwrite(path / "artefact.json", "[]");
    overwrite(path / "artefact.sha256", sha256_of("[]") + "  artefact.json\n");
    refused("artefact.json", "is not an artefact's description");
  }
  SECTION("another artefact") {
    CHECK_THROWS_WITH(Artefact::load(path, std::string(64, '0')), Catch::Contains("is another artefact"));
  }
  SECTION("no artefact") {
    CHECK_THROWS_WITH(Artefact::load(folder.path() / "none"), Catch::Contains("there is no artefact"));
  }
  SECTION("1,000 random corruptions") {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{"artefact.json", "artefact.sha256", "card.json", "card.md", "model-all.bin"});
    Random random(1);
    for (int i = 0; i < 1000; ++i) {
      const auto file = path / names[random.below(names.size())];
      const auto good = read_file(file);
      auto bad = good;
      const auto kind = random.below(6);
      if (kind == 0) bad.resize(random.below(bad.size()));
      else if (kind == 1) bad += char(random.below(256));
      else if (kind == 2) std::rotate(bad.begin(), bad.begin() + std::ptrdiff_t(1 + random.below(bad.size() - 1)), bad.end());
      else if (kind == 3) bad = std::string(random.below(300), char(random.below(256)));
      else if (kind == 4) bad.erase(random.below(bad.size()), 1 + random.below(20));
      else bad[random.below(bad.size())] ^= char(1 + random.below(255));
      if (bad == good) continue;
      if (kind == 3 && bad.empty()) fs::remove(file);
      else overwrite(file, bad);
      try {
        (void)Artefact::load(path);
        FAIL("loaded in spite of a change of kind " << kind << " in " << file);
      } catch (const Error& error) {
        CHECK(std::string(error.what()).find("'") != std::string::npos);  // the file is named
      }
      overwrite(file, good);
    }
    CHECK_NOTHROW(Artefact::load(path));
  }
  SECTION("a folder in a file's place") {
    fs::remove(path / "card.md");
    fs::create_directory(path / "card.md");
    refused("card.md", "is missing");
  }
}

TEST_CASE("the card of an artefact says what it learned from and what it is not for", "[learning]") {
  auto artefact = trained();
  artefact.provenance.program = "9.9";
  const auto card = card_json(artefact);
  CHECK(card["model"]["id"] == "toy/model");
  CHECK(card["data"]["training"]["rows"] == 5);
  CHECK(card["data"]["training"]["samples"] == 5);
  CHECK(card["data"]["training"]["persons"] == 3);
  CHECK(card["data"]["training"]["labels"] == nlohmann::ordered_json{{"no", 1}, {"yes", 4}});
  CHECK(card["settings"]["seed"] == 18446744073709551615ULL);
  CHECK(card["evaluation"].is_null());
  const auto text = card_text(card);
  for (const char* part : {"# toy/model", "## Intended use", "## Limits", "One analysable", "5 samples only", "Auspex 9.9",
                           "trained without an evaluation", "| yes | 4 |", "fingerprint"}) {
    INFO(part);
    const auto lower = [](std::string t) { std::transform(t.begin(), t.end(), t.begin(), [](unsigned char c) { return char(std::tolower(c)); }); return t; };
    CHECK(lower(text).find(lower(part)) != std::string::npos);
  }
  // What an evaluation said is in it, however much of it there is.
  artefact.provenance.metrics = nlohmann::ordered_json::parse(R"({"as_of": 1, "splits": [{"kind": "grouped_folds", "train": ["a"], "test": ["a"],
    "results": [{"range": "r0", "population": "all", "n": 3, "positives": 1, "metrics": {"roc_auc": 0.75, "pr_auc": null}, "intervals": {"roc_auc": [0.5, 1.0]}}],
    "leaks": [{"test": "threshold", "evidence": "p tells all", "advice": "leave it out"}]}]})");
  const auto judged = card_text(card_json(artefact));
  CHECK(judged.find("0.750 [0.500, 1.000]") != std::string::npos);
  CHECK(judged.find("Possible leak: p tells all") != std::string::npos);
  artefact.provenance.metrics = {{"splits", {{{"summary", 5}}}}};
  CHECK_NOTHROW(card_text(card_json(artefact)));
}
