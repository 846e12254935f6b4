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
  Time as_of;
  std::optional<spec::Workspace> settings;  ///< of the workspace, where there is one

  /// Throws Error(configuration) where there is no workspace.
  const std::filesystem::path& root();
  int threads() const;
  std::int64_t memory() const;
  /// Plugins, and SQL indicators whose SQL is not checked yet.
  const plugin::Registry& registry();
  /// The same, where SQL that cannot be used is refused.
  const plugin::Registry& checked_registry();
  std::shared_ptr<const campus::Campus> campus();
  store::Store store();
  /// The zone of calendar arithmetic.
  std::string timezone();
  /// Held while the workspace's state is changed.
  std::unique_ptr<FileLock> lock();
  [[nodiscard]] std::filesystem::path artefact_folder(const std::string& id);

  /// Where model files are looked for: the workspace's, then the installation's.
  [[nodiscard]] std::vector<std::filesystem::path> model_folders() const;
  /// Checks one model file.
  spec::Model read_model(const std::filesystem::path& file);
  /// Checks the file and applies the command line. Under --strict, warnings end it.
  spec::Model model(const ModelOptions& options);
  analysis::Request request(const spec::Model& model);

 private:
  std::vector<plugin::SearchPlace> places();
  const Definitions& definitions();

  std::optional<plugin::Registry> registry_;
  std::optional<Definitions> definitions_;
  std::shared_ptr<const campus::Campus> campus_;
};

/// Moodle's version whose defects are reproduced; Error(usage) for one that cannot be.
[[nodiscard]] const std::string& checked_compatibility(const std::string& version);

/// {"reading", "framing", "calculating", "events", "values", "analysables"}
Json to_json(const analysis::Statistics& statistics);

/// A reason as {"reason": ID, "arguments": {..}}.
Json to_json(const plugin::Reason& reason);

}  // namespace auspex::runtime
