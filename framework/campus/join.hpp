// Tables that further sources add to a campus, tied to it by declared keys.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campus/canonical.hpp"
#include "campus/duckdb.hpp"
#include "campus/record.hpp"

namespace auspex::campus {

/// The record of a campus as its first source made it, without what others joined to it.
[[nodiscard]] Record without_joined(Record record);

/// Puts what a version holds into the folder of a new one: the first source's files where `first`, and what each of `joined`
/// gave. The files are shared, not copied, where the file system can.
void carry_over(const std::filesystem::path& version, const Record& record, bool first,
                const std::vector<JoinedSource>& joined, const std::filesystem::path& folder);

/// Adds to `record` and its folder the tables of the sources that join it, from what they gave (Builder::keep) and the first
/// source's tables and dictionaries, and fills in their counts and matches. `definitions`: of all tables that they give.
/// Gives the rows whose keys name nobody, or several; also written beside what their source gave.
/// Throws Error(configuration) where two sources give one table, Error(data) where no key of a table matches.
std::vector<Reject> join_sources(Connection& connection, const std::filesystem::path& folder, Record& record,
                                 std::vector<JoinedSource> joined, const std::vector<Table>& definitions);

}  // namespace auspex::campus
