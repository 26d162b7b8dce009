// The worker in which the page has recordings decoded: fetches the decoder and starts it. The page puts into this address
// which build it belongs to, and here it goes on to the other two files, so that no cache mixes two builds. The name of the
// worker says which decoder it wants.
const build = self.location.search;
const program = self.name === "aac" ? "spectnet-decoder-aac" : "spectnet-decoder";

function fail(error) {
  postMessage({ failed: error.message ?? `${error}`, unsupported: true });
}

try {
  importScripts(`${program}.js${build}`);
  wasm_bindgen({ module_or_path: `${program}_bg.wasm${build}` }).catch(fail);
} catch (error) {
  fail(error);
}
