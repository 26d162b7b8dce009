#!/usr/bin/env bash
# The page beside ONNX Runtime Web in the same Chromium. Needs npm, a Python with numpy, onnx and safetensors, and what
# `cargo xtask setup` installs. usage: bench/browser.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp bench/browser/ort.html bench/browser/ort.js "$work/"
python3 bench/export_onnx.py web/weights/heart.safetensors "$work/heart.onnx"
(cd "$work" && npm install --silent --no-audit --no-fund --no-save onnxruntime-web@1.30.0 && ln -s node_modules/onnxruntime-web/dist ort)
cargo xtask page
# Built with the workspace: alone, it would want its dependencies with other features, hence a second time.
cargo build --release --locked --workspace
"${CARGO_TARGET_DIR:-target}/release/browser-bench" "$work" "${1:-3}"
