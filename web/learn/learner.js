// The worker in which the page has models learn: fetches the learner and starts it. The page puts into this address which
// build it belongs to, and here it goes on to the other two files, so that no cache mixes two builds. The name of the worker
// says which learner it wants.
const build = self.location.search;
const program = self.name === "webgpu" ? "spectnet-learner-webgpu" : "spectnet-learner";

function fail(error) {
  const why = `The learner could not be started: ${error.message ?? error}. Reload the page and try again.`;
  postMessage({ report: JSON.stringify({ kind: "failed", why }) });
}

try {
  importScripts(`${program}.js${build}`);
  wasm_bindgen({ module_or_path: `${program}_bg.wasm${build}` }).catch(fail);
} catch (error) {
  fail(error);
}
