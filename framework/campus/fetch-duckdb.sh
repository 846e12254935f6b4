#!/bin/sh
# Fetches DuckDB 1.4.4 (libduckdb.so and duckdb.h) into FOLDER through npm, checking each package's integrity hash.
# The folder appears whole or not at all; where it is complete already, nothing is done.
# Usage: fetch-duckdb.sh FOLDER
set -eu

folder=${1:?usage: fetch-duckdb.sh FOLDER}
header_package=duckdb@1.4.4
header_sha512=hEJJ5hyVF0VLj3dmOLpsWrQR0b3d4Ykqtygm6iUXjHJDDnSqg/USKxcb5qvNrOhFYPgktayU6dXCtgPqcmmpog==
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

if [ -f "$folder/libduckdb.so" ] && [ -f "$folder/duckdb.h" ]; then exit 0; fi
command -v npm > /dev/null || {
  echo "fetch-duckdb: npm is missing; install it (Debian: apt-get install npm) or pass -DDUCKDB_ROOT=DIR" >&2
  exit 1
}

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.part-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# fetch PACKAGE SHA512 NAME: the checked tarball's content in $work/NAME.
fetch() {
  mkdir "$work/$3"
  (cd "$work/$3" && npm pack --silent "$1" > /dev/null) || {
    echo "fetch-duckdb: npm could not fetch $1; check the network and npm's registry setting, or pass -DDUCKDB_ROOT=DIR" >&2
    exit 1
  }
  set -- "$1" "$2" "$3" "$(find "$work/$3" -name '*.tgz')"
  expected=$(printf %s "$2" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  found=$(sha512sum "$4" | cut -d' ' -f1)
  if [ "$expected" != "$found" ]; then
    echo "fetch-duckdb: $1 has another SHA-512 than expected ($found, not $expected); nothing was installed" >&2
    exit 1
  fi
  tar -xzf "$4" -C "$work/$3"
}

fetch "$library_package" "$library_sha512" library
fetch "$header_package" "$header_sha512" header
mkdir "$work/whole"
mv "$work/library/package/libduckdb.so" "$work/header/package/src/duckdb/src/include/duckdb.h" "$work/whole/"
chmod 644 "$work/whole/"*
chmod 755 "$work/whole"
sync "$work/whole/libduckdb.so" "$work/whole/duckdb.h"
rm -rf "$folder.old"
if [ -d "$folder" ] && [ ! -f "$folder/libduckdb.so" ]; then mv -T "$folder" "$folder.old"; fi
mv -T "$work/whole" "$folder" 2> /dev/null || [ -f "$folder/libduckdb.so" ]
rm -rf "$folder.old"
