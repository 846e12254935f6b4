#!/bin/sh
# Puts FILEs of one npm package, checked against its integrity hash, into FOLDER; where all are there already, nothing is done.
# Each file appears whole or not at all. Usage: fetch-npm.sh FOLDER PACKAGE@VERSION SHA512 FILE...
set -eu

[ $# -ge 4 ] || { echo "usage: fetch-npm.sh FOLDER PACKAGE@VERSION SHA512 FILE..." >&2; exit 2; }
folder=$1 package=$2 sha512=$3
shift 3

there=yes
for file; do [ -f "$folder/${file##*/}" ] || there=no; done
[ $there = no ] || exit 0

command -v npm > /dev/null || { echo "fetch-npm: npm is missing; install it (Debian: apt-get install npm)" >&2; exit 1; }
mkdir -p "$folder"
work=$(mktemp -d "$folder/.part-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

(cd "$work" && npm pack --silent "$package" > /dev/null) || {
  echo "fetch-npm: npm could not fetch $package; check the network and npm's registry setting" >&2
  exit 1
}
archive=$(find "$work" -name '*.tgz')
expected=$(printf %s "$sha512" | base64 -d | od -An -v -tx1 | tr -d ' \n')
found=$(sha512sum "$archive" | cut -d' ' -f1)
if [ "$expected" != "$found" ]; then
  echo "fetch-npm: $package has another SHA-512 than expected ($found, not $expected); nothing was installed" >&2
  exit 1
fi
tar -xzf "$archive" -C "$work"
for file; do
  chmod 644 "$work/package/$file"
  sync "$work/package/$file"
  mv -f "$work/package/$file" "$folder/${file##*/}"
done
