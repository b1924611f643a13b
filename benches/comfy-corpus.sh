#!/bin/sh
# Reads what was recorded of ComfyUI, in the folder that WINDLASS_COMFY_CORPUS names: converts the published workflows and compares
# them with what ComfyUI's own front end made of them, makes graphs of them and compares the prompts that those come to, and takes
# in the traffic of real servers. Ends with another code than 0 where the variable is missing, a workflow comes out wrong, or a
# message is not understood.
set -eu
: "${WINDLASS_COMFY_CORPUS:?names the folder of recorded ComfyUI workflows}"
[ -d "$WINDLASS_COMFY_CORPUS/templates" ] || { echo "no templates in $WINDLASS_COMFY_CORPUS" >&2; exit 1; }
cd "$(dirname "$0")/.."
exec cargo test -p windlass-comfy --test corpus --test transcripts -- --ignored --nocapture
