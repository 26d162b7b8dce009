// Fetches the WebAssembly module, shows how far that is, and starts it. Trunk fills in the addresses. What must work
// before, and where this file cannot be loaded, is in early.js.
const addresses = document.querySelector("#program").dataset;
const status = document.querySelector("#status");
const progress = document.querySelector("#progress");
const bar = document.querySelector("#progress-bar");
const error = document.querySelector("#error");

// So long nothing may arrive until that is said: a slow line still brings something.
const SILENT_MS = 15_000;
let silence;

// Something has arrived, or was asked for.
function alive() {
  clearTimeout(silence);
  if (status.dataset.state === "loading") error.hidden = true;
  silence = setTimeout(() => {
    error.textContent = "Nothing has arrived for 15 seconds: the network is slow or gone. Wait, or reload the page.";
    error.hidden = false;
  }, SILENT_MS);
}

// The server does not give a file of the program.
class Missing extends Error {}

// The response, with its body counted while it arrives.
async function counted(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Missing(`The server answers ${response.status} for ${address}: a file of the program is missing`);
  if (!response.body) return response;
  // Of a compressed file the header counts the compressed bytes.
  const total = response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  let received = 0;
  progress.hidden = !total;
  const counter = new TransformStream({
    transform(chunk, controller) {
      alive();
      received += chunk.byteLength;
      if (total) bar.value = received / total;
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "content-type": "application/wasm" } });
}

try {
  if (!window.spectnet) throw new Error("early.js is missing");
  if (status.dataset.state === "loading") {
    alive();
    const program = await import(new URL(addresses.js, document.baseURI));
    await program.default({ module_or_path: counted(addresses.wasm) });
  }
} catch (reason) {
  const otherwise = reason instanceof Missing ? "it was not put up completely" : "try another browser";
  const why = `${reason.message ?? reason}. Reload the page; if that does not help, ${otherwise}.`;
  // The program reports its own mistakes. Without early.js there is still the sentence that stands in the page.
  if (status.dataset.state === "loading") window.spectnet?.fail("The program could not be started", why);
} finally {
  clearTimeout(silence);
}
