#include "explore/explore.hpp"

#include "runtime/parts.hpp"
#include "runtime/session.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

// The accounts of a campus that stand for no learner.
std::map<std::string, std::string> not_learners(const campus::Campus& campus) {
  std::map<std::string, std::string> found;
  campus::ScanRequest request;
  request.table = "users";
  request.columns = {"user_id", "guest", "administrator"};
  const auto scan = campus.scan(request);
  const auto& ids = campus.dictionary("user");
  campus::Batch batch;
  const auto is = [&](std::size_t column, std::size_t row) {
    return batch.columns[column].is_valid(row) && batch.columns[column].integer(row) != 0;
  };
  while (scan->next(batch)) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const auto what = is(1, row) ? "the guest account" : is(2, row) ? "an administrator" : nullptr;
      if (what != nullptr) found.emplace(ids.text(batch.columns[0].integer(row)), what);
    }
  }
  return found;
}

}  // namespace

Json Session::explore(const ExploreOptions& options) {
  auto& parts = *parts_;
  explore::Request request;
  request.table = options.table;
  if (options.config) {
    std::vector<fs::path> folders;
    if (parts.settings) folders.push_back(parts.root() / "explore");
    folders.push_back(parts.installation.configs / "explore");
    request.settings = spec::read_exploration(
        find_file("exploration", *options.config, folders, [](const fs::path& file) { return file.stem().string(); }));
  }
  if (parts.settings && fs::exists(parts.root() / "campus" / "campus.toml"))
    request.not_learners = not_learners(*parts.campus());
  request.report = options.report;
  request.assets = parts.installation.report;
  request.version = version();
  request.seed = options.seed;
  request.threads = parts.threads();
  request.memory = parts.memory();
  return explore::explore(request, parts.registry());
}

}  // namespace auspex::runtime
