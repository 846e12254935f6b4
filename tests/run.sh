#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. usage: tests/run.sh [--all]   --all adds the sanitizers' builds
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash setup.sh --tests

presets=(dev)
[ "${1:-}" = "--all" ] && presets+=(asan tsan)

launcher=()
if command -v ccache >/dev/null 2>&1; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
for preset in "${presets[@]}"; do
  cmake --preset "$preset" "${launcher[@]}" >/dev/null
  cmake --build --preset "$preset"
  case "$preset" in
    asan) export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:suppressions="$PWD/tests/sanitizers/asan.supp"
          export LSAN_OPTIONS=suppressions="$PWD/tests/sanitizers/lsan.supp":print_suppressions=0
          export UBSAN_OPTIONS=print_stacktrace=1 ;;
    tsan) export TSAN_OPTIONS=suppressions="$PWD/tests/sanitizers/tsan.supp":second_deadlock_stack=1 ;;
  esac
  ctest --preset "$preset" -j "$(nproc)"
done
