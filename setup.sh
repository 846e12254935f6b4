#!/usr/bin/env bash
# Installs the Debian packages that Auspex is built from, where they are missing. DuckDB is found or fetched by CMake.
# Runs as root or with sudo; a second run does nothing. usage: setup.sh [--tests]   --tests adds what only the tests need
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config ca-certificates
  libboost-dev libboost-filesystem-dev libboost-program-options-dev
  libfmt-dev libspdlog-dev nlohmann-json3-dev libtomlplusplus-dev
  libhowardhinnant-date-dev tzdata libssl-dev zlib1g-dev libzip-dev libsoci-dev libsqlite3-dev libdlib-dev liblapack-dev libblas-dev
  libxgboost-dev libnanoflann-dev
  catch2 libbenchmark-dev python3
)
# A second compiler for plugins, the references that our numbers are held against, a browser for the reports.
if [ "${1:-}" = "--tests" ]; then
  packages+=(clang python3-pandas python3-sklearn chromium)
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
# npm brings DuckDB's library; a Node.js that is not Debian's will do.
command -v npm >/dev/null 2>&1 || missing+=(npm)

[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "setup: these packages are missing and neither root nor sudo is at hand to install them: ${missing[*]}" >&2
    exit 3
  }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
