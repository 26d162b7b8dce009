//! Examples of command lines, one or more a command, for the end of its help; a test of the command line reads them.

/// Of `spectnet train`.
pub const TRAIN: &str = "Examples:
  spectnet train --task heart --data data --fold 0 --out runs/heart
  spectnet train --task heart --data data --classifier states --filters 32 --batch 32 --epochs 12
  spectnet train --task heart --data data --augment gain,masks --ema 0.99 --early-stopping 10 --threads 4
  spectnet train --from runs/heart/best.safetensors --data other --learns filters --out runs/other
  spectnet train --config runs/heart/config.toml --set seed=1 --out runs/again
  spectnet train --config runs/heart/config.toml --out runs/heart --resume";

/// Of `spectnet reproduce`.
pub const REPRODUCE: &str = "Examples:
  spectnet reproduce heart --data data --rows static-16,learnable-16 --seeds 5 --out runs/heart-table
  spectnet reproduce heart --data data --rows static-16,learnable-16 --shard 3/8 --out runs/heart-table";

/// Of `spectnet eval`.
pub const EVAL: &str = "Examples:
  spectnet eval --model runs/heart/best.safetensors --data data --fold 0";

/// Of `spectnet predict`.
pub const PREDICT: &str = "Examples:
  spectnet predict --model runs/heart/best.safetensors recording.wav
  spectnet predict --model runs/heart/best.safetensors --json recording.wav other.flac";

/// Of `spectnet explain`.
pub const EXPLAIN: &str = "Examples:
  spectnet explain --model runs/heart/best.safetensors recording.wav";

/// Of `spectnet calibrate`.
pub const CALIBRATE: &str = "Examples:
  spectnet calibrate --model runs/heart/last.safetensors --data other --out calibrated.safetensors";

/// Of `spectnet features`.
pub const FEATURES: &str = "Examples:
  spectnet features recording.wav --filters 32 --spacing bark --range 25,400 --bandwidth 20 --out image.png";

/// Of `spectnet inspect`.
pub const INSPECT: &str = "Examples:
  spectnet inspect runs/heart/best.safetensors --plot filters.svg";

/// Of `spectnet report`.
pub const REPORT: &str = "Examples:
  spectnet report runs/heart";

/// Of `spectnet compare`.
pub const COMPARE: &str = "Examples:
  spectnet compare runs/heart runs/static
  spectnet compare runs/static runs/heart --markdown";

/// Of `spectnet segment`.
pub const SEGMENT: &str = "Examples:
  spectnet segment recording.wav";

/// Of `spectnet synth`.
pub const SYNTH: &str = "Examples:
  spectnet synth --task heart --out data --count 200";

/// Of `spectnet bench`.
pub const BENCH: &str = "Examples:
  spectnet bench --device cpu";

/// Of `spectnet data`.
pub const DATA: &str = "Examples:
  spectnet data summary data --task heart
  spectnet data verify data
  spectnet data fetch cinc2016 --out data";

/// Of `spectnet data summary`.
pub const DATA_SUMMARY: &str = "Examples:
  spectnet data summary data --task heart
  spectnet data summary manifest.csv --json";

/// Of `spectnet data verify`.
pub const DATA_VERIFY: &str = "Examples:
  spectnet data verify data
  spectnet data verify data --task heart --circor-labels outcome";

/// Of `spectnet data fetch`.
pub const DATA_FETCH: &str = "Examples:
  spectnet data fetch
  spectnet data fetch cinc2016 --out data
  spectnet data fetch dcase2016 --connections 2 --keep-archives";

/// Of `spectnet card`.
pub const CARD: &str = "Examples:
  spectnet card runs/heart/best.safetensors";

/// Of `spectnet export`.
pub const EXPORT: &str = "Examples:
  spectnet export runs/heart/best.safetensors --to onnx heart.onnx
  spectnet export runs/heart/best.safetensors --to hub heart-hub";

/// Of `spectnet completions`.
pub const COMPLETIONS: &str = "Examples:
  spectnet completions bash";

/// Of `spectnet manual`.
pub const MANUAL: &str = "Examples:
  spectnet manual
  spectnet manual --out man";
