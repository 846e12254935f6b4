// The tables of a workspace's state, and how older ones become the present ones.
#pragma once

#include <filesystem>

namespace soci {
class session;
}

namespace auspex::store {

/// Makes the tables of an empty database, or brings those of an older Auspex to the present form, whole or not at all.
/// Throws Error(data) for a database of a newer Auspex, soci_error where the database fails.
void prepare_tables(soci::session& sql, const std::filesystem::path& file);

}  // namespace auspex::store
