#!/bin/sh
# How frozen-1.0-x86_64.so was made, in this folder, with the headers of ABI 1.0. It is kept, not built again.
set -e
cc -std=c11 -O2 -fPIC -fvisibility=hidden -shared -s -nostdlib -Wl,--build-id=none -Wl,-z,noseparate-code \
   -Wl,--version-script=../../../sdk/cmake/plugin.version -I ../../../sdk/abi frozen.c -o frozen-1.0-x86_64.so
