#!/usr/bin/env bash
# Prints how long it takes from the start of the process to the first item fired: the median of 20 runs of the release
# binary with a tiny graph and nothing known of earlier ones, as seen by a reader of `--json`. Needs bash 5 for its clock. Asserts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-20}

cargo build --release --quiet --package windlass
windlass=$PWD/target/release/windlass
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$windlass" new "$folder/tiny.yaml" --template empty >"$folder/new.txt"

first_firing_us() {
    local begin=$EPOCHREALTIME end='' line
    while IFS= read -r line; do
        case $line in *'"event":"firing"'*) end=$EPOCHREALTIME && break ;; esac
    done < <(exec "$windlass" run "$folder/tiny.yaml" --fresh --json)
    [ -n "$end" ] || { echo "no item fired" >&2; return 1; }
    echo $((${end/[.,]/} - ${begin/[.,]/}))
}

for _ in $(seq "$runs"); do first_firing_us; done | sort -n >"$folder/times.txt"
awk -v runs="$runs" '
    { us[NR] = $1 }
    END {
        middle = NR % 2 ? us[(NR + 1) / 2] : (us[NR / 2] + us[NR / 2 + 1]) / 2
        printf "start to first item: median %.1f ms, fastest %.1f ms, slowest %.1f ms, %d runs\n",
            middle / 1000, us[1] / 1000, us[NR] / 1000, NR
    }' "$folder/times.txt"
