// The worker in which the page has models learn: fetches the learner and starts it. The page puts into this address which
// build it belongs to, and here it goes on to the other two files, so that no cache mixes two builds. The name of the worker
// says which learner it wants.
const build = self.location.search;
const program = self.name === "webgpu" ? "spectnet-learner-webgpu" : "spectnet-learner";

// So often the page is told how much has arrived.
const TELL_EVERY_MS = 100;

function report(said) {
  postMessage({ report: JSON.stringify(said) });
}

function fail(error) {
  const why = `The learner could not be started: ${error.message ?? error}. Reload the page and try again.`;
  report({ kind: "failed", why });
}

// The program, with its bytes counted while they arrive.
async function counted(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answers ${response.status} for ${address}`);
  if (!response.body) return response;
  // Of a compressed file the header counts the compressed bytes.
  const length = response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  const total = length > 0 ? length : null;
  let received = 0;
  let told = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (performance.now() - told >= TELL_EVERY_MS) {
        told = performance.now();
        report({ kind: "loading", received, total });
      }
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "content-type": "application/wasm" } });
}

try {
  importScripts(`${program}.js${build}`);
  wasm_bindgen({ module_or_path: counted(`${program}_bg.wasm${build}`) }).catch(fail);
} catch (error) {
  fail(error);
}
