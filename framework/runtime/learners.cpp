#include "runtime/learners.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "learning/training.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

fs::path folder_of(Session::Parts& parts, const std::string& model) {
  auto name = model;
  std::replace(name.begin(), name.end(), '/', '.');
  return parts.root() / "searches" / name;
}

// One line a trial. What a killed process left of its last line is written over.
class TrialFile final : public learning::TrialLog {
 public:
  explicit TrialFile(fs::path file) : file_(std::move(file)) {
    fs::create_directories(file_.parent_path());
    if (!fs::exists(file_)) return;
    const auto text = read_file(file_);
    const auto whole = text.substr(0, text.rfind('\n') + 1);  // npos + 1 is 0
    for (std::size_t at = 0; at < whole.size();) {
      const auto end = whole.find('\n', at);
      const auto json = nlohmann::json::parse(whole.substr(at, end - at), nullptr, false);
      if (json.is_discarded() || !json.contains("parameters") || !json.contains("score")) break;
      keep({json["parameters"], json["score"].is_number() ? std::optional(json["score"].get<double>()) : std::nullopt});
      at = end + 1;
      good_ = at;
    }
    if (good_ < text.size()) fs::resize_file(file_, good_);
  }

  std::optional<learning::Trial> find(const nlohmann::json& parameters) const override {
    const auto found = trials_.find(parameters.dump());
    return found == trials_.end() ? std::nullopt : std::optional(found->second);
  }

  void add(const learning::Trial& trial) override {
    const Json line{{"parameters", trial.parameters}, {"score", trial.score ? Json(*trial.score) : Json(nullptr)}};
    std::ofstream out(file_, std::ios::binary | std::ios::app);
    out << line.dump() << '\n' << std::flush;
    if (!out) throw Error(Fault::data, "cannot write '" + file_.string() + "'", "is the disk full?");
    keep(trial);
  }

 private:
  void keep(learning::Trial trial) {
    auto name = trial.parameters.dump();
    trials_.emplace(std::move(name), std::move(trial));
  }

  fs::path file_;
  std::size_t good_ = 0;  // bytes
  std::map<std::string, learning::Trial> trials_;
};

}  // namespace

std::string Learners::key_of(const learning::Rows& rows) {
  if (digest_.empty()) digest_ = learning::digest_of(dataset_);
  Sha256 of_rows;
  for (const auto row : rows) of_rows.add(&row, sizeof row);
  const auto frozen = spec::to_json(model_);
  const auto& schema = *parts_.registry().find(backend_of(model_).id);
  // How long and how often to try changes no score.
  const Json key{{"auspex", version()},         {"backend", frozen.at("backend")},       {"plugin", schema.plugin_version},
                 {"training", frozen.at("training")}, {"compatibility", model_.compatibility}, {"metric", model_.search.metric},
                 {"folds", model_.search.folds}, {"dataset", digest_},                   {"rows", of_rows.hex()}};
  return sha256_of(key.dump());
}

learning::Learner& Learners::for_rows(const learning::Rows& rows) {
  if (model_.search.method == spec::Search::Method::none) {
    if (made_.empty()) made_.push_back(learner_for(parts_.registry(), model_));
    return *made_.front();
  }
  const auto space = learning::search_space(*parts_.registry().find(backend_of(model_).id), model_.search);
  TrialFile log(folder_of(parts_, model_.id) / (key_of(rows) + ".jsonl"));
  const auto make = [&](const nlohmann::json& parameters) { return learner_for(parts_.registry(), model_, parameters); };
  chosen_.push_back(learning::choose_parameters(dataset_, rows, make, space, fit_options(model_, parts_.threads()),
                                                model_.search, log));
  made_.push_back(make(chosen_.back().parameters));
  return *made_.back();
}

learning::Artefact train(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset,
                         learning::Provenance provenance) {
  learning::Rows rows;
  for (std::size_t row = 0; row < dataset.rows.size(); ++row) {
    if (learning::has_label(dataset.rows[row])) rows.push_back(row);
  }
  Learners learners(parts, model, dataset);
  auto& learner = learners.for_rows(rows);
  if (!learners.chosen().empty()) provenance.search = learners.chosen().front().json();
  return learning::train(dataset, learner, fit_options(model, parts.threads()), std::move(provenance));
}

void remove_searches(Session::Parts& parts, const std::string& model) { fs::remove_all(folder_of(parts, model)); }

}  // namespace auspex::runtime
