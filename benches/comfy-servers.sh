#!/usr/bin/env bash
# PROMPTS prompts (1,000 by default) of TAKES_MS (100) over three ComfyUI servers that are none, of which one dies and one is restarted:
# each picture is written once, and the seconds that servers were alive are printed beside those that the prompts took. The goal is at
# most 1.1 times as many, the start of the program and the end of the batch included.
set -euo pipefail
cd "$(dirname "$0")/.."

COMFY_PROMPTS="${PROMPTS:-1000}" COMFY_TAKES_MS="${TAKES_MS:-100}" cargo test --workspace --test suite -- --exact --nocapture \
    comfy::servers::of_three_servers_one_may_die_and_one_restart
