#!/bin/sh
# Builds evening.so here. usage: build.sh INCLUDE     INCLUDE: the folder that has auspex/abi.h; CC chooses the compiler
set -e
cd "$(dirname "$0")"
echo '{ global: auspex_plugin; local: *; };' > evening.version
${CC:-cc} -std=c11 -O2 -Wall -Wextra -fPIC -fvisibility=hidden -shared -Wl,--version-script=evening.version -Wl,-z,defs -I "$1" \
  evening.c -o "${2:-evening.so}"
rm evening.version
