#!/usr/bin/env bash
# The page beside ONNX Runtime Web in the same Chromium. Needs npm and what `cargo xtask setup` installs.
# usage: bench/browser.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp bench/browser/ort.html bench/browser/ort.js "$work/"
(cd "$work" && npm install --silent --no-audit --no-fund --no-save onnxruntime-web@1.30.0 && ln -s node_modules/onnxruntime-web/dist ort)
cargo xtask page
# Built with the workspace: alone, it would want its dependencies with other features, hence a second time.
cargo build --release --locked --workspace
bin="${CARGO_TARGET_DIR:-target}/release"
# The paper's network, SpectNet-16 with three blocks, hardly trained: the time does not depend on the weights. It takes the
# place of the shipped model in dist/ until the page is built again.
"$bin/spectnet" synth --task heart --count 8 --seconds 8 --out "$work/hearts"
"$bin/spectnet" train --task heart --data "$work/hearts" --device cpu --epochs 1 --select last --out "$work/run"
cp "$work/run/best.safetensors" dist/weights/heart.safetensors
"$bin/spectnet" export "$work/run/best.safetensors" --to onnx "$work/heart.onnx"
"$bin/browser-bench" "$work" "${1:-3}"
