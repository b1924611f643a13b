#!/usr/bin/env bash
# Kills batches on two ComfyUI servers that are none, ROUNDS times in all (100 by default) at random moments, each time going on: each
# prompt is executed once, each picture written once. ITEMS (300 by default) prompts a batch; SEED changes the moments.
set -euo pipefail
cd "$(dirname "$0")/.."

COMFY_KILLS="${ROUNDS:-100}" COMFY_ITEMS="${ITEMS:-300}" cargo test --workspace --test suite -- --exact --nocapture \
    comfy::kills::a_batch_that_is_killed_at_random_moments_executes_each_prompt_once
