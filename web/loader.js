// Fetches the WebAssembly module, shows how far that is, and starts it. Trunk fills in the addresses.
const addresses = document.querySelector("#program").dataset;
const status = document.querySelector("#status");
const text = document.querySelector("#status-text");
const progress = document.querySelector("#progress");
const bar = document.querySelector("#progress-bar");

function fail(reason) {
  const error = document.querySelector("#error");
  error.textContent = `${reason}. Reload the page; this browser needs WebAssembly.`;
  error.hidden = false;
  progress.hidden = true;
  text.textContent = "The program could not be started";
  status.dataset.state = "failed";
}

// The response, with its body counted while it arrives.
async function counted(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answers ${response.status} for ${address}`);
  const total = Number(response.headers.get("content-length"));
  if (!total || !response.body || response.headers.get("content-encoding")) return response;
  let received = 0;
  progress.hidden = false;
  const counter = new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      bar.value = received / total;
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "content-type": "application/wasm" } });
}

try {
  const program = await import(new URL(addresses.js, document.baseURI));
  await program.default({ module_or_path: counted(addresses.wasm) });
} catch (error) {
  // The program reports its own mistakes.
  if (status.dataset.state === "loading") fail(error.message ?? error);
}
