#include "store/schema.hpp"

#include <vector>

#include <fmt/format.h>
#include <soci/soci.h>

#include "base/error.hpp"

namespace auspex::store {
namespace {

// Step n leads from version n to n + 1. Steps that were released are never changed.
const std::vector<std::vector<const char*>>& steps() {
  static const std::vector<std::vector<const char*>> all{
      {
          "create table trainings (model text primary key, artefact text not null, as_of integer not null)",
          "create table trained_samples (model text not null, sample text not null, primary key (model, sample))"
          " without rowid",
          "create table predictions (model text not null, artefact text not null, sample text not null,"
          " range_index integer not null, analysable text not null, range_name text not null, range_start integer,"
          " range_end integer, prediction real not null, score real not null, probability real not null,"
          " predicted_at integer not null, primary key (model, artefact, sample, range_index)) without rowid",
          "create table first_analyses (model text not null, analysable text not null, time integer not null,"
          " primary key (model, analysable)) without rowid",
          "create table evaluations (id integer primary key, model text not null, as_of integer not null,"
          " fingerprint text not null, result text not null)",
      },
      {
          "create table switches (model text primary key, enabled integer not null)",
          // What was trained before versions were kept counts as a version of its own, named after its artefact.
          "alter table trainings add column version text not null default ''",
          "alter table trainings add column time_splitting text not null default ''",
          "alter table trainings add column dataset text not null default ''",
          "alter table trainings add column values_file text not null default ''",
          "update trainings set version = artefact",
          "alter table trained_samples rename to old_samples",
          "create table trained_samples (model text not null, sample text not null, analysable text not null,"
          " trained_at integer not null, primary key (model, sample)) without rowid",
          "insert into trained_samples select s.model, s.sample, '', t.as_of from old_samples s join trainings t"
          " on t.model = s.model",
          "drop table old_samples",
          "alter table predictions rename to old_predictions",
          "create table predictions (model text not null, version text not null, sample text not null,"
          " range_index integer not null, analysable text not null, range_name text not null, range_start integer,"
          " range_end integer, prediction real not null, score real not null, probability real not null,"
          " predicted_at integer not null, artefact text not null, primary key (model, version, sample, range_index))"
          " without rowid",
          "insert into predictions select model, artefact, sample, range_index, analysable, range_name, range_start,"
          " range_end, prediction, score, probability, predicted_at, artefact from old_predictions",
          "drop table old_predictions",
          "create table unpredicted (model text not null, artefact text not null, sample text not null,"
          " range_index integer not null, analysable text not null, range_name text not null, reason text not null,"
          " seen_at integer not null, primary key (model, artefact, sample, range_index)) without rowid",
          "create table analyses (model text not null, purpose text not null, analysable text not null,"
          " first integer not null, last integer not null, primary key (model, purpose, analysable)) without rowid",
          "insert into analyses select model, 'prediction', analysable, time, time from first_analyses",
          "drop table first_analyses",
          "alter table evaluations add column version text not null default ''",
          "alter table evaluations add column time_splitting text not null default ''",
          "create table removals (file text primary key, sha256 text not null)",
      },
      {
          "alter table predictions add column reasons text not null default ''",
          "create table drifts (model text not null, artefact text not null, as_of integer not null, result text not null,"
          " primary key (model, artefact, as_of)) without rowid",
      },
  };
  return all;
}

}  // namespace

void prepare_tables(soci::session& sql, const std::filesystem::path& file) {
  const auto present = int(steps().size());
  const auto version = [&] {
    int found = 0;
    sql << "pragma user_version", soci::into(found);
    if (found > present) {
      throw Error(Fault::data, fmt::format("the workspace's state '{}' was written by a newer Auspex", file.string()),
                  "use that version, or a new workspace");
    }
    return found;
  };
  if (version() == present) return;
  // Of two processes that find an old form the second waits here, and then finds it done.
  sql << "begin immediate";
  try {
    for (auto at = version(); at < present; ++at) {
      for (const auto* statement : steps()[std::size_t(at)]) sql << statement;
    }
    sql << fmt::format("pragma user_version = {}", present);
    sql << "commit";
  } catch (...) {
    try {
      sql << "rollback";
    } catch (const soci::soci_error&) {  // SQLite may have done so itself
    }
    throw;
  }
}

}  // namespace auspex::store
