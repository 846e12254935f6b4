#!/usr/bin/env bash
# The main job on real data: installs what is missing, builds, imports OULAD's module AAA, evaluates, trains and predicts.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
bash setup.sh

launcher=()
if command -v ccache >/dev/null 2>&1; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake --preset release "${launcher[@]}" >/dev/null
cmake --build --preset release

auspex=build/release/stage/bin/auspex
out=build/early-warning
model=examples/early-warning/model.toml
mkdir -p "$out"
[ -f "$out/workspace/auspex.toml" ] || "$auspex" init "$out/workspace"

step() { printf '\n== %s\n' "$*"; "$auspex" "$@"; }
step import oulad --workspace "$out/workspace" --from examples/early-warning/data
step model evaluate "$model" --workspace "$out/workspace" --as-of 2015-07-01

# As a tutor would have used it in the middle of 2014J: what was known on that day, and nothing later.
step model train "$model" --workspace "$out/workspace" --as-of 2015-01-20
step model predict "$model" --workspace "$out/workspace" --as-of 2015-01-20 --out "$out/predictions.csv"
printf '\nwrote %s\n' "$out/predictions.csv"
