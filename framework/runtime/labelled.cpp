#include "runtime/labelled.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace auspex::runtime {

namespace {

using Take = std::function<void(analysis::UnitResult&&, bool remembered)>;

// Hands every unit with its labels and values to `take`, in order, and calculates only what is not remembered.
analysis::Statistics analyse_new(const analysis::Request& request, const analysis::RememberedValues& remembered,
                                 const Take& take) {
  // Without indicators, labels and samples come fast and say what is new.
  auto bare = *request.model;
  bare.indicators.clear();
  auto look = request;
  look.model = &bare;
  look.calculate = false;
  std::vector<analysis::UnitResult> units;
  auto statistics = analysis::analyse(look, [&](analysis::UnitResult&& unit) { units.push_back(std::move(unit)); });
  auto calculate = request;
  calculate.only.emplace();
  for (const auto& unit : units) {
    const auto has_ranges = [](const auto& result) { return !result.ranges.empty(); };
    const bool used = std::any_of(unit.purposes.begin(), unit.purposes.end(), has_ranges);
    if (used && !remembered.has(unit)) calculate.only->push_back(unit.key);
  }
  auto next = units.begin();
  const auto take_until = [&](std::optional<std::int64_t> key) {
    for (; next != units.end() && next->key != key; ++next) {
      const bool known = remembered.has(*next);
      if (known) remembered.fill(*next);
      take(std::move(*next), known);
    }
  };
  if (!calculate.only->empty()) {
    const auto more = analysis::analyse(calculate, [&](analysis::UnitResult&& unit) {
      take_until(unit.key);
      ++next;
      take(std::move(unit), false);
    });
    statistics.reading += more.reading;
    statistics.framing += more.framing;
    statistics.calculating += more.calculating;
    statistics.events += more.events;
    statistics.values += more.values;
  }
  take_until(std::nullopt);
  return statistics;
}

std::string what_changed(const Json& before, const Json& now, const analysis::Shape& shape) {
  const auto changed = [&](const char* part) { return before.value(part, Json()) != now.value(part, Json()); };
  if (changed("fingerprint")) return "the campus holds other data";
  if (changed("timezone")) return "the time zone is another";
  if (changed("auspex") || changed("plugins")) return "Auspex or its plugins have changed";
  if (!changed("as_of") || shape.beyond_range.empty()) return "the model has changed";
  return fmt::format("{} sees all that is known by as-of", shape.beyond_range.front());
}

}  // namespace

Json values_key(Session::Parts& parts, const spec::Model& model, const analysis::Shape& shape) {
  const auto frozen = spec::to_json(model);
  Json key{{"auspex", version()},
           {"fingerprint", parts.campus()->origin().fingerprint},
           {"timezone", parts.timezone()},
           {"plugins", Json::object()}};
  std::map<std::string, std::string> plugins;
  std::vector<std::string> ids{model.target.id, shape.target.analyser, model.time_splitting->id};
  for (const auto& indicator : model.indicators) ids.push_back(indicator.id);
  for (const auto& plugin : parts.registry().plugins()) {
    for (const auto& id : ids) {
      if (parts.registry().find(id)->plugin == plugin.id) plugins[plugin.id] = plugin.sha256;
    }
  }
  for (const auto& [id, sha256] : plugins) key["plugins"][id] = sha256;
  for (const char* part : {"target", "time_splitting", "indicators", "compatibility"}) key[part] = frozen.at(part);
  if (!shape.beyond_range.empty()) key["as_of"] = parts.as_of;
  return key;
}

Remembered remembered_values(Session::Parts& parts, const std::string& name, const Json& key, const analysis::Shape& shape) {
  if (name.empty()) return {};
  Remembered result;
  try {
    auto bytes = read_file(parts.values_file(name));
    if (sha256_of(bytes) != name) return {std::nullopt, "the file of remembered values was damaged"};
    result.values.emplace(std::move(bytes), parts.as_of);
  } catch (const Error&) {
    return {std::nullopt, "the file of remembered values was gone"};
  }
  const auto before = Json::parse(result.values->key());
  if (before == key) return result;
  result.values.reset();
  result.why_not = what_changed(before, key, shape);
  return result;
}

Labelled labelled_dataset(Session::Parts& parts, const spec::Model& model, const LabelledOptions& options) {
  auto request = parts.request(model);
  request.training = true;
  request.outcomes = true;
  request.audit = options.audit;
  request.history = options.history;
  analysis::DatasetBuilder builder(analysis::shape_of(request), !model.compatibility.empty(), options.aside);
  Labelled result;
  std::vector<Problem> failures;
  const Take take = [&](analysis::UnitResult&& unit, bool remembered) {
    if (!unit.failure.empty()) failures.push_back({{}, unit.failure, {}, false});
    result.analysables.insert(unit.analysable.id);
    if (remembered) ++result.remembered;
    for (const auto& purpose : unit.purposes) result.account.add(unit, purpose);
    if (options.writer != nullptr) options.writer->add(unit);
    builder.add(unit, analysis::Purpose::training);
  };
  result.statistics = options.remembered != nullptr
                          ? analyse_new(request, *options.remembered, take)
                          : analysis::analyse(request, [&](analysis::UnitResult&& unit) { take(std::move(unit), false); });
  if (!failures.empty()) {
    failures.back().hint = "nothing was stored: a model learns from all analysables that it is meant to, or not at all";
    throw Error(Fault::plugin, std::move(failures));
  }
  result.dataset = builder.finish();
  result.dropped_rows = builder.dropped_rows();
  return result;
}

}  // namespace auspex::runtime
