#include "store/store.hpp"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "base/error.hpp"

namespace auspex::store {
namespace {

constexpr int schema_version = 1;

const char* const schema[] = {
    "create table if not exists trainings (model text primary key, artefact text not null, as_of integer not null)",
    "create table if not exists trained_samples (model text not null, sample text not null, primary key (model, sample))"
    " without rowid",
    "create table if not exists predictions (model text not null, artefact text not null, sample text not null,"
    " range_index integer not null, analysable text not null, range_name text not null, range_start integer,"
    " range_end integer, prediction real not null, score real not null, probability real not null,"
    " predicted_at integer not null, primary key (model, artefact, sample, range_index)) without rowid",
    "create table if not exists first_analyses (model text not null, analysable text not null, time integer not null,"
    " primary key (model, analysable)) without rowid",
    "create table if not exists evaluations (id integer primary key, model text not null, as_of integer not null,"
    " fingerprint text not null, result text not null)",
};

long long stored(Time time) { return time; }

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
};

Store::Store(const std::filesystem::path& file) : database_(std::make_unique<Database>()) {
  database_->file = file;
  database_->guarded([&] {
    database_->sql.open(soci::sqlite3, fmt::format("db={} timeout=30", file.string()));
    int version = 0;
    database_->sql << "pragma user_version", soci::into(version);
    if (version > schema_version) {
      throw Error(Fault::data, fmt::format("the workspace's state '{}' was written by a newer Auspex", file.string()),
                  "use that version, or a new workspace");
    }
    if (version == schema_version) return;
    soci::transaction whole(database_->sql);
    for (const auto* statement : schema) database_->sql << statement;
    database_->sql << fmt::format("pragma user_version = {}", schema_version);
    whole.commit();
  });
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

std::optional<Training> Store::training(const std::string& model) const {
  return database_->guarded([&]() -> std::optional<Training> {
    Training training;
    long long as_of = 0;
    database_->sql << "select artefact, as_of from trainings where model = :m", soci::use(model), soci::into(training.artefact),
        soci::into(as_of);
    if (!database_->sql.got_data()) return std::nullopt;
    training.as_of = as_of;
    return training;
  });
}

std::set<std::string> Store::trained_samples(const std::string& model) const {
  return database_->guarded([&] {
    std::set<std::string> samples;
    std::string sample;
    soci::statement statement = (database_->sql.prepare << "select sample from trained_samples where model = :m",
                                 soci::use(model), soci::into(sample));
    for (bool more = statement.execute(true); more; more = statement.fetch()) samples.insert(sample);
    return samples;
  });
}

void Store::record_training(const std::string& model, const Training& training, const std::set<std::string>& samples) {
  database_->transaction([&] {
    auto& sql = database_->sql;
    const auto as_of = stored(training.as_of);
    sql << "insert or replace into trainings (model, artefact, as_of) values (:m, :a, :t)", soci::use(model),
        soci::use(training.artefact), soci::use(as_of);
    sql << "delete from trained_samples where model = :m", soci::use(model);
    std::string sample;
    soci::statement insert =
        (sql.prepare << "insert into trained_samples (model, sample) values (:m, :s)", soci::use(model), soci::use(sample));
    for (const auto& each : samples) {
      sample = each;
      insert.execute(true);
    }
  });
}

std::set<std::string> Store::artefacts() const {
  return database_->guarded([&] {
    std::set<std::string> artefacts;
    std::string artefact;
    soci::statement statement = (database_->sql.prepare << "select artefact from trainings", soci::into(artefact));
    for (bool more = statement.execute(true); more; more = statement.fetch()) artefacts.insert(artefact);
    return artefacts;
  });
}

std::vector<Prediction> Store::predictions(const std::string& model, const std::string& artefact, Time as_of) const {
  return database_->guarded([&] {
    std::vector<Prediction> result;
    Prediction row;
    const auto limit = stored(as_of);
    long long start = 0, end = 0, predicted_at = 0;
    soci::indicator has_start{}, has_end{};
    soci::statement statement =
        (database_->sql.prepare << "select analysable, sample, range_name, range_index, range_start, range_end, prediction, score,"
                                   " probability, predicted_at from predictions where model = :m and artefact = :a and"
                                   " predicted_at <= :t order by analysable, range_index, sample",
         soci::use(model), soci::use(artefact), soci::use(limit), soci::into(row.analysable), soci::into(row.sample),
         soci::into(row.range), soci::into(row.range_index), soci::into(start, has_start), soci::into(end, has_end),
         soci::into(row.prediction), soci::into(row.score), soci::into(row.probability), soci::into(predicted_at));
    for (bool more = statement.execute(true); more; more = statement.fetch()) {
      row.start = has_start == soci::i_ok ? start : no_time;
      row.end = has_end == soci::i_ok ? end : no_time;
      row.predicted_at = predicted_at;
      result.push_back(row);
    }
    return result;
  });
}

void Store::record_predictions(const std::string& model, const std::string& artefact, const std::vector<Prediction>& predictions,
                               const std::map<std::string, Time>& first_analyses) {
  database_->transaction([&] {
    auto& sql = database_->sql;
    Prediction row;
    long long start = 0, end = 0, predicted_at = 0;
    soci::indicator has_start{}, has_end{};
    soci::statement insert =
        (sql.prepare << "insert or replace into predictions (model, artefact, sample, range_index, analysable, range_name,"
                        " range_start, range_end, prediction, score, probability, predicted_at)"
                        " values (:m, :a, :s, :i, :an, :r, :st, :en, :p, :sc, :pr, :t)",
         soci::use(model), soci::use(artefact), soci::use(row.sample), soci::use(row.range_index), soci::use(row.analysable),
         soci::use(row.range), soci::use(start, has_start), soci::use(end, has_end), soci::use(row.prediction),
         soci::use(row.score), soci::use(row.probability), soci::use(predicted_at));
    for (const auto& each : predictions) {
      row = each;
      start = stored(each.start);
      end = stored(each.end);
      has_start = each.start == no_time ? soci::i_null : soci::i_ok;
      has_end = each.end == no_time ? soci::i_null : soci::i_ok;
      predicted_at = stored(each.predicted_at);
      insert.execute(true);
    }
    std::string analysable;
    long long time = 0;
    soci::statement first =
        (sql.prepare << "insert or ignore into first_analyses (model, analysable, time) values (:m, :a, :t)", soci::use(model),
         soci::use(analysable), soci::use(time));
    for (const auto& [id, at] : first_analyses) {
      analysable = id;
      time = stored(at);
      first.execute(true);
    }
  });
}

std::map<std::string, Time> Store::first_analyses(const std::string& model) const {
  return database_->guarded([&] {
    std::map<std::string, Time> result;
    std::string analysable;
    long long time = 0;
    soci::statement statement =
        (database_->sql.prepare << "select analysable, time from first_analyses where model = :m", soci::use(model),
         soci::into(analysable), soci::into(time));
    for (bool more = statement.execute(true); more; more = statement.fetch()) result[analysable] = time;
    return result;
  });
}

void Store::record_evaluation(const std::string& model, Time as_of, const std::string& fingerprint, const std::string& result) {
  database_->transaction([&] {
    const auto time = stored(as_of);
    database_->sql << "insert into evaluations (model, as_of, fingerprint, result) values (:m, :t, :f, :r)", soci::use(model),
        soci::use(time), soci::use(fingerprint), soci::use(result);
  });
}

}  // namespace auspex::store
