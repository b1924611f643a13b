#!/usr/bin/env bash
# Runs a graph into a file system of 1 MiB that is too small for what it writes, twice: with `--no-wait` it must end
# with 4, and otherwise it must pause, go on once there is room, and end with 0. Nothing half-written may be left.
# Linux alone: needs `unshare` and the right to mount in a namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FULL_DISK_INSIDE:-}" ]; then
    cargo build --release --quiet --package windlass
    exec env FULL_DISK_INSIDE=1 unshare --mount --map-root-user "$BASH" "$0"
fi

windlass=$PWD/target/release/windlass
folder=$(mktemp -d)
trap 'umount "$folder/small"; rm -rf "$folder"' EXIT
mkdir "$folder/small"
mount -t tmpfs -o size=1m tmpfs "$folder/small"
cat >"$folder/graph.yaml" <<'GRAPH'
windlass: 1
nodes:
  sizes: { kind: flow.constant, params: { value: [1, 2, 3, 4, 5, 6, 7, 8] } }
  each: { kind: flow.each, inputs: { values: sizes.value } }
  text:
    kind: text.template
    params: { template: "{% for line in range(9000) %}line {{ line }} of {{ number }}\n{% endfor %}" }
    inputs: { number: each.value }
  write: { kind: files.write, params: { path: "{index}.txt" }, inputs: { value: text.text } }
GRAPH

fail() { echo "full-disk: $1" >&2; exit 1; }
whole() {
    for file in "$folder"/small/*.txt; do
        [ "$(wc -l <"$file")" -eq 9000 ] || fail "$file is half-written"
    done
    [ -z "$(find "$folder/small" -name '*.tmp')" ] || fail "a temporary file is left"
}
run() { "$windlass" run "$folder/graph.yaml" --out "$folder/small" --workspace "$folder/kept" "$@"; }

code=0
run --no-wait >"$folder/no-wait.txt" 2>&1 || code=$?
[ "$code" -eq 4 ] || fail "with --no-wait it ended with $code, not with 4: $(cat "$folder/no-wait.txt")"
whole
echo "--no-wait: ended with 4, $(find "$folder/small" -name '*.txt' | wc -l) files whole"

run --json >"$folder/events.txt" 2>&1 &
for _ in $(seq 600); do
    grep -q '"event":"paused"' "$folder/events.txt" && break
    sleep 0.1
done
grep -q '"event":"paused"' "$folder/events.txt" || fail "it did not pause: $(tail -3 "$folder/events.txt")"
whole
mount -o remount,size=64m "$folder/small"
wait $! || fail "it ended with $? although there was room: $(tail -3 "$folder/events.txt")"
whole
[ "$(find "$folder/small" -name '*.txt' | wc -l)" -eq 8 ] || fail "files are missing"
echo "waiting: paused, went on when there was room, 8 files whole"
