#!/bin/sh
# Fetches DuckDB 1.4.4 (libduckdb.so and duckdb.h) into FOLDER through npm, checking each package's integrity hash.
# Usage: fetch-duckdb.sh FOLDER
set -eu

folder=${1:?usage: fetch-duckdb.sh FOLDER}
case $(uname -m) in
  x86_64 | amd64)
    library_package=@duckdb/node-bindings-linux-x64@1.4.4-r.4
    library_sha512=jBTL/WvfwxLToFa/pVHfT6elMtltJGnc3wSuxZD9OfMltit9YUdVFS37vBFQzXMT1Z8OWjtSjMh+zPKxOwHLHA==
    ;;
  aarch64 | arm64)
    library_package=@duckdb/node-bindings-linux-arm64@1.4.4-r.3
    library_sha512=qF2/WhB+i+8is60RrpTY/5ZnywIUayuBiVXSuQ4rrRn1m1gvfKqPvjySbiDjYgQo/6OXu/fax0KC1gXnNWoLEA==
    ;;
  *)
    echo "fetch-duckdb: no DuckDB 1.4.4 is known for machine '$(uname -m)'; build it yourself and pass -DDUCKDB_ROOT=DIR" >&2
    exit 1
    ;;
esac

fetch=$(dirname "$0")/../fetch-npm.sh
sh "$fetch" "$folder" "$library_package" "$library_sha512" libduckdb.so
# The header is only in the package of the sources.
sh "$fetch" "$folder" duckdb@1.4.4 \
  hEJJ5hyVF0VLj3dmOLpsWrQR0b3d4Ykqtygm6iUXjHJDDnSqg/USKxcb5qvNrOhFYPgktayU6dXCtgPqcmmpog== src/duckdb/src/include/duckdb.h
