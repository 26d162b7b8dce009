//! Training on WebGPU, in software: the learner for it is not always built.

use crate::page::{Page, dist};
use crate::skip::skipped;

/// Whether the built page has the learner for WebGPU; where it has none, the test is left out and says so.
pub fn is_built() -> bool {
    let built = dist().join("spectnet-learner-webgpu_bg.wasm").is_file();
    if !built {
        skipped("the page has no learner for WebGPU: `cargo xtask page --learn` builds it");
    }
    built
}

/// Whether the browser's WebGPU has what Burn's runtime cannot do without; where it has not, the test is left out and says so.
pub async fn can_train(page: &Page) -> bool {
    let script = "
        const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
        return Boolean(adapter?.features.has('timestamp-query'));";
    let can = page.answer(&format!("return (async () => {{ {script} }})();")).await == true;
    if !can {
        skipped("the WebGPU of this browser has no timestamp-query, without which Burn does not train on it");
    }
    can
}
