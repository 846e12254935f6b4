#!/usr/bin/env bash
# Builds the bench preset, generates logs in OULAD's and Moodle's form, measures import and analysis beside bare DuckDB; asserts no
# time. usage: tests/bench/run.sh [--rows N] [--events N] [--threads N] [--memory SIZE] [--micro]
#        tests/bench/run.sh --backends [OPTION...]   the ML backends beside scikit-learn; options: see tests/bench/backends.py
# defaults: 10000000 rows of OULAD's clicks, 20000000 events of Moodle's log, 2, 640MiB
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
backends=no
if [ "${1:-}" = --backends ]; then backends=yes; shift; other=("$@"); set --; fi
rows=10000000 events=20000000 threads=2 memory=640MiB micro=no
while [ $# -gt 0 ]; do
  case "$1" in
    --rows|--events|--threads|--memory)
      [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" '%s' "$2"; shift 2 ;;
    --micro) micro=yes; shift ;;
    *) echo "unknown argument '$1'; usage: $0 [--rows N] [--events N] [--threads N] [--memory SIZE] [--micro]" >&2; exit 2 ;;
  esac
done

bash setup.sh
if [ "$backends" = yes ]; then bash setup.sh --tests; fi
launcher=()
if command -v ccache >/dev/null 2>&1; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake --preset bench "${launcher[@]}" >/dev/null
cmake --build --preset bench

if [ "$backends" = yes ]; then
  # Debian's Python: another one has no scikit-learn.
  exec /usr/bin/python3 tests/bench/backends.py --stage build/bench/stage --work build/bench/work "${other[@]}"
fi

bin=build/bench/stage/bin
work=build/bench/work
oulad=$work/oulad-$rows moodle=$work/moodle-$events
generate() {  # form folder rows
  [ -f "$2/complete" ] && return
  "$bin/bench-generate" "$1" "$2" "$3"
  touch "$2/complete"
}
generate oulad "$oulad" "$rows"
generate moodle "$moodle" "$events"
"$bin/bench-measure" "$bin/auspex" "$oulad" examples/early-warning/model.toml "$moodle" "$work" "$threads" "$memory" \
  tests/data/moodle-site-a/tables
if [ "$micro" = yes ]; then "$bin/bench-micro"; fi
