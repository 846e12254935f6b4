// Checks of one kind each, through the host's own view of the component: what it refuses at run time is refused here.
#include "conformance/kinds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/calendar.hpp"
#include "conformance/checks.hpp"
#include "conformance/frames.hpp"

namespace auspex::conformance {
namespace {

Scene plain_scene(const Subject& subject, std::uint64_t more = 0) { return {.seed = subject.options->seed + more}; }

// Ordinary data of several seeds, with missing values, without rows.
std::vector<Scene> usual_scenes(const Subject& subject) {
  std::vector<Scene> scenes;
  for (std::uint64_t i = 0; i < 6; ++i) scenes.push_back(plain_scene(subject, i));
  scenes[3].missing = true;
  scenes[4].rows = 0;
  scenes[5].rows = 60;
  return scenes;
}

void legal_values(const Subject& subject, const Scene& scene) {
  plugin::Indicator it(subject.component, subject.parameters, "");
  const World world(subject.options->tables, it.reads(), it.info().required_entities | it.info().optional_entities, scene);
  std::vector<double> values(world.samples().size());
  if (it.has_prepare()) it.prepare(world.frame({.stage = AUSPEX_STAGE_PREPARE, .with_samples = false})->raw());
  for (const int number : scene.windows) {
    it.calculate(world.frame({.stage = AUSPEX_STAGE_CALCULATE, .window = window(number)})->raw(), values);
  }
}

void legal_labels(const Subject& subject, const Scene& scene) {
  plugin::Target it(subject.component, subject.parameters, "");
  const World world(subject.options->tables, it.reads(), it.info().required_entities, scene);
  std::vector<double> labels(world.samples().size());
  FrameOf of{.stage = AUSPEX_STAGE_LABEL, .purpose = AUSPEX_FOR_TRAINING};
  if (it.info().is_static)
    of = {.stage = AUSPEX_STAGE_LABEL,
          .purpose = AUSPEX_FOR_PREDICTION,
          .window = window(0),
          .indicators = it.info().decides_from};
  it.label(world.frame(of)->raw(), labels);
}

void legal_codes(const Subject& subject, const Scene& scene) {
  plugin::Target it(subject.component, subject.parameters, "");
  const World world(subject.options->tables, it.reads(), it.info().required_entities, scene);
  std::vector<std::int32_t> codes(world.samples().size());
  for (const int purpose : {AUSPEX_FOR_TRAINING, AUSPEX_FOR_PREDICTION}) {
    it.check_samples(world.frame({.stage = AUSPEX_STAGE_SAMPLES, .purpose = purpose})->raw(), codes);
  }
}

void legal_reasons(const Subject& subject) {
  plugin::Target it(subject.component, subject.parameters, "");
  const auto check = [](const std::string& id) {
    const bool good = std::all_of(id.begin(), id.end(),
                                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!good) throw Failed(fmt::format("the reason '{}' is not an id of lower-case letters, digits and underscores", id));
  };
  for (const auto& id : it.info().sample_reasons) check(id);
  for (const auto& scene : usual_scenes(subject)) {
    const World world(subject.options->tables, it.reads(), it.info().required_entities, scene);
    for (const int purpose : {AUSPEX_FOR_TRAINING, AUSPEX_FOR_PREDICTION}) {
      check(it.check_analysable(
                  world.frame({.stage = AUSPEX_STAGE_ANALYSABLE, .purpose = purpose, .with_samples = false})->raw())
                .id);
    }
  }
}

template <void (*legal)(const Subject&, const Scene&)>
void in_usual_scenes(const Subject& subject) {
  for (const auto& scene : usual_scenes(subject)) legal(subject, scene);
}

// ---- time splitters ----------------------------------------------------------------------------------------------------

void legal_ranges(const Subject& subject, const Scene& scene) {
  plugin::TimeSplitter it(subject.component, subject.parameters, "");
  for (const auto& life : lives(scene)) (void)it.ranges(life.start, life.end, life.as_of, life.first_analysis);
}

void predict_at(const Subject& subject) {
  plugin::TimeSplitter it(subject.component, subject.parameters, "");
  for (const auto& scene : usual_scenes(subject)) {
    for (const auto& life : lives(scene)) {
      for (const auto& range : it.ranges(life.start, life.end, life.as_of, life.first_analysis).ranges) {
        if (range.predict_at >= range.end || range.predict_at <= range.start) continue;
        throw Failed(
            fmt::format("the range {} to {} is predicted at {}, in its midst: what comes after is not known by then",
                        time_text(range.start), time_text(range.end), time_text(range.predict_at)));
      }
    }
  }
}

// ---- analysers ---------------------------------------------------------------------------------------------------------

struct Listing {
  std::vector<auspex_analysable> analysables;
  std::map<std::int64_t, std::vector<std::vector<std::int64_t>>> samples;  // by the analysable's key: the ids that name each
};

std::uint32_t own_entity(const plugin::Analyser& it) {
  return AUSPEX_ENTITY_BIT(it.info().unit == AUSPEX_UNIT_USER ? AUSPEX_ENTITY_USER : AUSPEX_ENTITY_COURSE);
}

Listing list(const Subject& subject, const Scene& scene, const std::vector<std::pair<double, double>>& parts) {
  plugin::Analyser it(subject.component, subject.parameters, "");
  const World world(subject.options->tables, it.reads(), own_entity(it), scene);
  Listing listing;
  for (const auto& part : parts) {
    const auto frame =
        world.frame({.stage = AUSPEX_STAGE_LIST, .with_samples = false, .unit = it.info().unit, .part = part});
    it.analysables(frame->raw(), [&](const auspex_analysable& one) { listing.analysables.push_back(one); });
  }
  std::vector<std::size_t> own;
  for (std::size_t key = 0, entity = 0; entity < 32; ++entity) {
    if ((it.info().entities >> entity & 1) == 0) continue;
    if ((it.info().identity >> entity & 1) != 0) own.push_back(key);
    ++key;
  }
  constexpr std::size_t looked_at = 5;
  for (std::size_t i = 0; i < std::min(listing.analysables.size(), looked_at); ++i) {
    const auto key = listing.analysables[i].key;
    const auto frame = world.frame({.stage = AUSPEX_STAGE_SAMPLES,
                                    .with_samples = false,
                                    .analysable = it.info().unit == AUSPEX_UNIT_SITE ? std::nullopt : std::optional(key),
                                    .unit = it.info().unit});
    it.samples(frame->raw(), [&](std::span<const std::int64_t> keys) {
      auto& sample = listing.samples[key].emplace_back();
      for (const auto at : own) sample.push_back(keys[at]);
    });
  }
  return listing;
}

void legal_listing(const Subject& subject, const Scene& scene) { (void)list(subject, scene, {{0, 1}}); }

void analysables_unique(const Subject& subject) {
  if (plugin::Analyser(subject.component, subject.parameters, "").info().unit == AUSPEX_UNIT_SITE) {
    throw Skipped("it analyses the site, which may be named again and again");
  }
  std::set<std::int64_t> keys;
  for (const auto& one : list(subject, plain_scene(subject), {{0, 1}}).analysables) {
    if (!keys.insert(one.key).second) throw Failed(fmt::format("the analysable {} is there twice", one.key));
  }
}

void sample_ids_unique(const Subject& subject) {
  for (const auto& scene : usual_scenes(subject)) {
    for (const auto& [key, samples] : list(subject, scene, {{0, 1}}).samples) {
      std::set<std::vector<std::int64_t>> seen;
      for (const auto& sample : samples) {
        if (!seen.insert(sample).second) {
          throw Failed(fmt::format("the sample {} of analysable {} is there twice", fmt::join(sample, "/"), key));
        }
      }
    }
  }
}

void listing_in_batches(const Subject& subject) {
  const auto told = [&](const std::vector<std::pair<double, double>>& parts) {
    Answers answers;
    for (const auto& one : list(subject, plain_scene(subject), parts).analysables) {
      answers.add("the key of an analysable", double(one.key));
      answers.add(fmt::format("the start of analysable {}", one.key), double(one.start));
      answers.add(fmt::format("the end of analysable {}", one.key), double(one.end));
    }
    return answers;
  };
  if (plugin::Analyser(subject.component, subject.parameters, "").info().unit == AUSPEX_UNIT_SITE) {
    throw Skipped("it analyses the site, which each batch tells of");
  }
  require_same(told({{0, 1}}), told({{0, 0.5}, {0.5, 1}}), "the rows in two batches");
}

}  // namespace

void check_legal(const Subject& subject, const Scene& scene) {
  switch (subject.kind()) {
    case Kind::indicator: return legal_values(subject, scene);
    case Kind::target: return legal_codes(subject, scene), legal_labels(subject, scene);
    case Kind::time_splitter: return legal_ranges(subject, scene);
    case Kind::analyser: return legal_listing(subject, scene);
    case Kind::ml_backend: return;
    case Kind::clusterer:
    case Kind::outlier_detector: (void)Made(subject).answers(scene); return;
  }
}

std::span<const ComponentCheck> kind_checks() {
  static const std::vector<ComponentCheck> all{
      {{"indicator-range", 3, "values", {"indicator"}, "values are in [-1, 1], -1 or 1, one of its classes, or none"},
       in_usual_scenes<legal_values>},
      {{"target-classes", 3, "labels", {"target"}, "labels are among its classes or within its limits"},
       in_usual_scenes<legal_labels>},
      {{"target-codes", 3, "reasons", {"target"}, "samples are left out for reasons that it lists"},
       in_usual_scenes<legal_codes>},
      {{"target-reasons", 3, "reasons", {"target"}, "reasons are ids"}, legal_reasons},
      {{"splitter-ranges", 3, "ranges", {"time_splitter"}, "ranges are times, ascend and have names of their own"},
       in_usual_scenes<legal_ranges>},
      {{"splitter-predict-at",
        3,
        "predict-at",
        {"time_splitter"},
        "a range is predicted at its end or later, or from its start on"},
       predict_at},
      {{"analyser-analysables", 3, "analysables", {"analyser"}, "analysables are of its unit, samples have their ids"},
       in_usual_scenes<legal_listing>},
      {{"analyser-analysables-unique", 3, "analysables", {"analyser"}, "each analysable once"}, analysables_unique},
      {{"analyser-sample-ids-unique", 3, "sample-ids", {"analyser"}, "each sample once"}, sample_ids_unique},
      {{"analyser-batches", 3, "analysables", {"analyser"}, "the listing is the same in batches"}, listing_in_batches},
  };
  return all;
}

}  // namespace auspex::conformance
