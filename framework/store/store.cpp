#include "store/store.hpp"

#include <algorithm>
#include <initializer_list>
#include <tuple>

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "base/error.hpp"
#include "store/schema.hpp"

namespace auspex::store {
namespace {

long long stored(Time time) { return time; }

// Times of ranges may be none.
soci::indicator known(Time time) { return time == no_time ? soci::i_null : soci::i_ok; }

}  // namespace

struct Store::Database {
  std::filesystem::path file;
  soci::session sql;

  // Runs `work`; what SOCI throws names the file.
  template <class Work>
  auto guarded(Work&& work) {
    try {
      return work();
    } catch (const soci::soci_error& error) {
      throw Error(Fault::data, fmt::format("the workspace's state '{}': {}", file.string(), error.what()),
                  "if another process works on it, wait for that to end");
    }
  }

  template <class Work>
  void transaction(Work&& work) {
    guarded([&] {
      soci::transaction whole(sql);
      work();
      whole.commit();
    });
  }

  // Calls `take` for each row of a statement that binds its results.
  template <class Take>
  void each(soci::statement&& statement, Take&& take) {
    for (bool more = statement.execute(true); more; more = statement.fetch()) take();
  }

  std::set<std::string> texts(const std::string& query) {
    return guarded([&] {
      std::set<std::string> result;
      std::string text;
      each((sql.prepare << query, soci::into(text)), [&] { result.insert(text); });
      return result;
    });
  }

  // Inside a transaction.
  void add_analysed(const std::string& model, const Analysed& analysed) {
    const auto time = stored(analysed.as_of);
    std::string analysable;
    soci::statement insert =
        (sql.prepare << "insert into analyses (model, purpose, analysable, first, last) values (:m, :p, :a, :t, :t)"
                        " on conflict do update set first = min(first, excluded.first), last = excluded.last",
         soci::use(model, "m"), soci::use(analysed.purpose, "p"), soci::use(analysable, "a"), soci::use(time, "t"));
    for (const auto& each : analysed.analysables) {
      analysable = each;
      insert.execute(true);
    }
  }

  // Inside a transaction.
  void forget(const std::string& model, std::initializer_list<const char*> tables) {
    for (const auto* table : tables) sql << fmt::format("delete from {} where model = :m", table), soci::use(model);
  }
};

Store::Store(const std::filesystem::path& file) : database_(std::make_unique<Database>()) {
  database_->file = file;
  database_->guarded([&] {
    database_->sql.open(soci::sqlite3, fmt::format("db={} timeout=30", file.string()));
    prepare_tables(database_->sql, file);
  });
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

std::optional<bool> Store::enabled(const std::string& model) const {
  return database_->guarded([&]() -> std::optional<bool> {
    int enabled = 0;
    database_->sql << "select enabled from switches where model = :m", soci::use(model), soci::into(enabled);
    if (!database_->sql.got_data()) return std::nullopt;
    return enabled != 0;
  });
}

void Store::record_enabled(const std::string& model, bool enabled) {
  database_->transaction([&] {
    const int value = enabled ? 1 : 0;
    database_->sql << "insert or replace into switches (model, enabled) values (:m, :e)", soci::use(model), soci::use(value);
  });
}

std::optional<Training> Store::training(const std::string& model) const {
  return database_->guarded([&]() -> std::optional<Training> {
    Training training;
    long long as_of = 0;
    database_->sql << "select artefact, as_of, version, time_splitting, dataset, values_file from trainings"
                      " where model = :m",
        soci::use(model), soci::into(training.artefact), soci::into(as_of), soci::into(training.version),
        soci::into(training.time_splitting), soci::into(training.dataset), soci::into(training.values_file);
    if (!database_->sql.got_data()) return std::nullopt;
    training.as_of = as_of;
    return training;
  });
}

void Store::record_training(const std::string& model, const Training& training,
                            const std::map<std::string, std::string>& samples, const Analysed& analysed) {
  const auto before = this->training(model);
  auto since = before && before->version == training.version ? trained_samples(model) : std::map<std::string, Time>();
  database_->transaction([&] {
    auto& sql = database_->sql;
    const auto as_of = stored(training.as_of);
    sql << "insert or replace into trainings (model, artefact, as_of, version, time_splitting, dataset, values_file)"
           " values (:m, :a, :t, :v, :s, :d, :r)",
        soci::use(model), soci::use(training.artefact), soci::use(as_of), soci::use(training.version),
        soci::use(training.time_splitting), soci::use(training.dataset), soci::use(training.values_file);
    database_->forget(model, {"trained_samples"});
    std::string sample, analysable;
    long long trained_at = 0;
    soci::statement insert =
        (sql.prepare << "insert into trained_samples (model, sample, analysable, trained_at) values (:m, :s, :a, :t)",
         soci::use(model), soci::use(sample), soci::use(analysable), soci::use(trained_at));
    for (const auto& each : samples) {
      std::tie(sample, analysable) = each;
      const auto found = since.find(sample);
      trained_at = stored(found == since.end() ? training.as_of : std::min(found->second, training.as_of));
      insert.execute(true);
    }
    database_->add_analysed(model, analysed);
  });
}

void Store::record_training_time(const std::string& model, Time as_of) {
  database_->transaction([&] {
    const auto time = stored(as_of);
    database_->sql << "update trainings set as_of = :t where model = :m", soci::use(time), soci::use(model);
    database_->sql << "update trained_samples set trained_at = min(trained_at, :t) where model = :m", soci::use(time),
        soci::use(model);
  });
}

void Store::record_values_file(const std::string& model, const std::string& name) {
  database_->transaction([&] {
    database_->sql << "update trainings set values_file = :f where model = :m", soci::use(name), soci::use(model);
  });
}

void Store::record_analysed(const std::string& model, const Analysed& analysed) {
  database_->transaction([&] { database_->add_analysed(model, analysed); });
}

std::map<std::string, Time> Store::trained_samples(const std::string& model) const {
  return database_->guarded([&] {
    std::map<std::string, Time> samples;
    std::string sample;
    long long time = 0;
    database_->each((database_->sql.prepare << "select sample, trained_at from trained_samples where model = :m",
                     soci::use(model), soci::into(sample), soci::into(time)),
                    [&] { samples[sample] = time; });
    return samples;
  });
}

std::set<std::string> Store::artefacts() const { return database_->texts("select artefact from trainings"); }

std::set<std::string> Store::values_files() const {
  return database_->texts("select values_file from trainings where values_file <> ''");
}

std::vector<Prediction> Store::predictions(const std::string& model, const std::string& version, Time as_of) const {
  return database_->guarded([&] {
    std::vector<Prediction> result;
    Prediction row;
    const auto limit = stored(as_of);
    long long start = 0, end = 0, predicted_at = 0;
    soci::indicator has_start{}, has_end{};
    database_->each(
        (database_->sql.prepare << "select analysable, sample, range_name, range_index, range_start, range_end, prediction,"
                                   " score, probability, predicted_at, artefact, reasons from predictions where model = :m and"
                                   " version = :v and predicted_at <= :t order by analysable, range_index, sample",
         soci::use(model), soci::use(version), soci::use(limit), soci::into(row.analysable), soci::into(row.sample),
         soci::into(row.range), soci::into(row.range_index), soci::into(start, has_start), soci::into(end, has_end),
         soci::into(row.prediction), soci::into(row.score), soci::into(row.probability), soci::into(predicted_at),
         soci::into(row.artefact), soci::into(row.reasons)),
        [&] {
          row.start = has_start == soci::i_ok ? start : no_time;
          row.end = has_end == soci::i_ok ? end : no_time;
          row.predicted_at = predicted_at;
          result.push_back(row);
        });
    return result;
  });
}

std::vector<Unpredicted> Store::unpredicted(const std::string& model, const std::string& artefact, Time as_of) const {
  return database_->guarded([&] {
    std::vector<Unpredicted> result;
    Unpredicted row;
    const auto limit = stored(as_of);
    long long seen_at = 0;
    database_->each((database_->sql.prepare << "select analysable, sample, range_name, range_index, reason, seen_at"
                                               " from unpredicted where model = :m and artefact = :a and seen_at <= :t"
                                               " order by analysable, range_index, sample",
                     soci::use(model), soci::use(artefact), soci::use(limit), soci::into(row.analysable),
                     soci::into(row.sample), soci::into(row.range), soci::into(row.range_index), soci::into(row.reason), soci::into(seen_at)),
                    [&] {
                      row.seen_at = seen_at;
                      result.push_back(row);
                    });
    return result;
  });
}

std::string Store::drift(const std::string& model, const std::string& artefact, Time as_of) const {
  return database_->guarded([&] {
    std::string result, found;
    const auto limit = stored(as_of);
    database_->each((database_->sql.prepare << "select result from drifts where model = :m and artefact = :a and as_of <= :t"
                                               " order by as_of",
                     soci::use(model), soci::use(artefact), soci::use(limit), soci::into(found)),
                    [&] { result = found; });
    return result;
  });
}

void Store::record_drift(const std::string& model, const std::string& artefact, Time as_of, const std::string& result) {
  database_->transaction([&] {
    const auto time = stored(as_of);
    database_->sql << "insert or replace into drifts (model, artefact, as_of, result) values (:m, :a, :t, :r)", soci::use(model),
        soci::use(artefact), soci::use(time), soci::use(result);
  });
}

void Store::record_predictions(const std::string& model, const std::string& version, const std::string& artefact,
                               const std::vector<Prediction>& predictions, const std::vector<Unpredicted>& unpredicted,
                               const Analysed& analysed) {
  database_->transaction([&] {
    auto& sql = database_->sql;
    sql << "delete from unpredicted where model = :m and artefact <> :a", soci::use(model), soci::use(artefact);
    Prediction row;
    long long start = 0, end = 0, predicted_at = 0;
    soci::indicator has_start{}, has_end{};
    soci::statement insert =
        (sql.prepare << "insert or replace into predictions (model, version, sample, range_index, analysable, range_name,"
                        " range_start, range_end, prediction, score, probability, predicted_at, artefact, reasons)"
                        " values (:m, :v, :s, :i, :an, :r, :st, :en, :p, :sc, :pr, :t, :a, :re)",
         soci::use(model), soci::use(version), soci::use(row.sample), soci::use(row.range_index), soci::use(row.analysable),
         soci::use(row.range), soci::use(start, has_start), soci::use(end, has_end), soci::use(row.prediction),
         soci::use(row.score), soci::use(row.probability), soci::use(predicted_at), soci::use(row.artefact), soci::use(row.reasons));
    for (const auto& each : predictions) {
      row = each;
      start = stored(each.start);
      end = stored(each.end);
      has_start = known(each.start);
      has_end = known(each.end);
      predicted_at = stored(each.predicted_at);
      insert.execute(true);
    }
    Unpredicted out;
    long long seen_at = 0;
    soci::statement leave =
        (sql.prepare << "insert or replace into unpredicted (model, artefact, sample, range_index, analysable, range_name,"
                        " reason, seen_at) values (:m, :a, :s, :i, :an, :r, :w, :t)",
         soci::use(model), soci::use(artefact), soci::use(out.sample), soci::use(out.range_index), soci::use(out.analysable),
         soci::use(out.range), soci::use(out.reason), soci::use(seen_at));
    for (const auto& each : unpredicted) {
      out = each;
      seen_at = stored(each.seen_at);
      leave.execute(true);
    }
    database_->add_analysed(model, analysed);
  });
}

std::map<std::string, Time> Store::first_analyses(const std::string& model, Time as_of) const {
  return database_->guarded([&] {
    std::map<std::string, Time> result;
    std::string analysable;
    const auto limit = stored(as_of);
    long long time = 0;
    database_->each((database_->sql.prepare << "select analysable, min(first) from analyses where model = :m"
                                               " group by analysable having min(first) <= :t",
                     soci::use(model), soci::use(limit), soci::into(analysable), soci::into(time)),
                    [&] { result[analysable] = time; });
    return result;
  });
}

std::map<std::string, Time> Store::last_analyses(const std::string& model, const std::string& purpose, Time as_of) const {
  return database_->guarded([&] {
    std::map<std::string, Time> result;
    std::string analysable;
    const auto limit = stored(as_of);
    long long first = 0, last = 0;
    database_->each((database_->sql.prepare << "select analysable, first, last from analyses where model = :m and"
                                               " purpose = :p and first <= :t",
                     soci::use(model), soci::use(purpose), soci::use(limit), soci::into(analysable), soci::into(first),
                     soci::into(last)),
                    [&] { result[analysable] = last <= limit ? last : first; });
    return result;
  });
}

void Store::record_evaluation(const std::string& model, const Evaluation& evaluation) {
  database_->transaction([&] {
    const auto time = stored(evaluation.as_of);
    database_->sql << "insert into evaluations (model, as_of, fingerprint, version, time_splitting, result)"
                      " values (:m, :t, :f, :v, :s, :r)",
        soci::use(model), soci::use(time), soci::use(evaluation.fingerprint), soci::use(evaluation.version),
        soci::use(evaluation.time_splitting), soci::use(evaluation.result);
  });
}

std::vector<Evaluation> Store::evaluations(const std::string& model) const {
  return database_->guarded([&] {
    std::vector<Evaluation> result;
    Evaluation row;
    long long as_of = 0;
    database_->each((database_->sql.prepare << "select as_of, fingerprint, version, time_splitting, result from evaluations"
                                               " where model = :m order by id",
                     soci::use(model), soci::into(as_of), soci::into(row.fingerprint), soci::into(row.version),
                     soci::into(row.time_splitting), soci::into(row.result)),
                    [&] {
                      row.as_of = as_of;
                      result.push_back(row);
                    });
    return result;
  });
}

std::set<std::string> Store::models() const {
  return database_->texts("select model from switches union select model from trainings union select model from predictions"
                          " union select model from unpredicted union select model from analyses"
                          " union select model from evaluations");
}

Amounts Store::amounts(const std::string& model) const {
  return database_->guarded([&] {
    const auto count = [&](const char* table) {
      long long rows = 0;
      database_->sql << fmt::format("select count(*) from {} where model = :m", table), soci::use(model), soci::into(rows);
      return std::int64_t(rows);
    };
    return Amounts{count("trainings"), count("trained_samples"), count("predictions"), count("evaluations")};
  });
}

void Store::clear(const std::string& model) {
  database_->transaction([&] {
    database_->forget(model, {"trainings", "trained_samples", "predictions", "unpredicted", "analyses", "drifts"});
  });
}

void Store::remove(const std::string& model, const std::optional<Removal>& removal) {
  database_->transaction([&] {
    database_->forget(model, {"trainings", "trained_samples", "predictions", "unpredicted", "analyses", "drifts"});
    database_->forget(model, {"evaluations", "switches"});
    if (!removal) return;
    const auto file = removal->file.string();
    database_->sql << "insert or replace into removals (file, sha256) values (:f, :s)", soci::use(file),
        soci::use(removal->sha256);
  });
}

std::vector<Removal> Store::removals() const {
  return database_->guarded([&] {
    std::vector<Removal> result;
    std::string file, sha256;
    database_->each((database_->sql.prepare << "select file, sha256 from removals order by file", soci::into(file),
                     soci::into(sha256)),
                    [&] { result.push_back({file, sha256}); });
    return result;
  });
}

void Store::record_removed(const Removal& removal) {
  database_->transaction([&] {
    const auto file = removal.file.string();
    database_->sql << "delete from removals where file = :f", soci::use(file);
  });
}

}  // namespace auspex::store
