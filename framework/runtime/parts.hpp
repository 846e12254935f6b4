// The rooms of one session, opened when first needed.
#pragma once

#include <memory>
#include <optional>

#include "analysis/analysis.hpp"
#include "base/files.hpp"
#include "campus/campus.hpp"
#include "plugin/registry.hpp"
#include "runtime/definitions.hpp"
#include "runtime/installation.hpp"
#include "runtime/session.hpp"
#include "spec/model.hpp"
#include "spec/workspace.hpp"
#include "store/store.hpp"

namespace auspex::runtime {

struct Session::Parts {
  explicit Parts(Options given);

  Options options;
  Installation installation;
  Time started;                             ///< by the clock
  Time as_of;
  std::optional<spec::Workspace> settings;  ///< of the workspace, where there is one

  /// Throws Error(configuration) where there is no workspace.
  const std::filesystem::path& root();
  int threads() const;
  std::int64_t memory() const;
  /// Plugins, and SQL indicators whose SQL is not checked yet.
  const plugin::Registry& registry();
  /// The same, whatever plugins.lock says.
  const plugin::Registry& unlocked_registry();
  /// The same as registry(), where SQL that cannot be used is refused.
  const plugin::Registry& checked_registry();
  std::shared_ptr<const campus::Campus> campus();
  /// The state, with nothing left undone by a killed `model delete`.
  store::Store store();
  /// Removes the files of deleted models.
  void finish_removals(store::Store& store);
  /// The zone of calendar arithmetic.
  std::string timezone();
  /// Locks are named after what they guard; a second process waits, then says which one works on it since when. Who needs
  /// several takes them in this order.
  FileLock lock_models();                       ///< the files of models/
  FileLock lock_model(const std::string& id);   ///< one model's training, predictions and switch
  FileLock lock_campus();
  FileLock lock_artefacts();                    ///< while files and the records that point to them change: for moments
  [[nodiscard]] std::filesystem::path artefact_folder(const std::string& id);
  /// A file of indicator values that training need not calculate again.
  [[nodiscard]] std::filesystem::path values_file(const std::string& name);

  /// What a MODEL on the command line names, whether its file is good or not.
  struct Named {
    std::string id;
    std::filesystem::path file;  ///< empty: only the state knows the model, its file is gone
  };
  Named named(const std::string& model);
  /// Where model files are looked for: the workspace's, then the installation's.
  [[nodiscard]] std::vector<std::filesystem::path> model_folders();
  /// Checks one model file.
  spec::Model read_model(const std::filesystem::path& file);
  /// Checks the file and applies the command line. Under --strict, warnings end it.
  spec::Model model(const ModelOptions& options);
  analysis::Request request(const spec::Model& model);

 private:
  std::vector<plugin::SearchPlace> places();
  plugin::Options plugin_options();
  const Definitions& definitions();
  FileLock lock(const std::string& name, const std::string& subject);

  std::optional<plugin::Registry> registry_;
  std::optional<Definitions> definitions_;
  std::shared_ptr<const campus::Campus> campus_;
  bool removals_finished_ = false;
};

/// Moodle's version whose defects are reproduced; Error(usage) for one that cannot be.
[[nodiscard]] const std::string& checked_compatibility(const std::string& version);

/// {"reading", "framing", "calculating", "events", "values", "analysables"}
Json to_json(const analysis::Statistics& statistics);

/// A reason as {"reason": ID, "arguments": {..}}.
Json to_json(const plugin::Reason& reason);

}  // namespace auspex::runtime
