#!/bin/sh
# Converts the published ComfyUI workflows of the folder that WINDLASS_COMFY_CORPUS names, and compares them with what ComfyUI's
# own front end made of them. Ends with another code than 0 where the variable is missing or one of the exact ones differs.
set -eu
: "${WINDLASS_COMFY_CORPUS:?names the folder of recorded ComfyUI workflows}"
[ -d "$WINDLASS_COMFY_CORPUS/templates" ] || { echo "no templates in $WINDLASS_COMFY_CORPUS" >&2; exit 1; }
cd "$(dirname "$0")/.."
exec cargo test -p windlass-comfy --test corpus -- --ignored --nocapture
