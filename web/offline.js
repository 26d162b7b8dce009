// Keeps the page on the device (web/sw.js), and tells the page when a new version of it is ready.
const status = document.querySelector("#status");

// The page comes first: what is kept is fetched once the program has had nothing to do for so long. Fetching it beside the
// first recording made that take a quarter longer.
const AT_REST_MS = 2_000;

function atRest() {
  return new Promise((resolve) => {
    let wait;
    const observer = new MutationObserver(check);
    function check() {
      clearTimeout(wait);
      if (!["ready", "done", "failed"].includes(status.dataset.state)) return;
      wait = setTimeout(() => {
        observer.disconnect();
        resolve();
      }, AT_REST_MS);
    }
    observer.observe(status, { attributes: true, attributeFilter: ["data-state"] });
    check();
  });
}

async function keep() {
  await atRest();
  const worker = navigator.serviceWorker;
  // Relative to the page: it works below any path of any server.
  const registration = await worker.register("sw.js", { updateViaCache: "none" });
  const tell = () => {
    // Without a controller this is the first version, and nothing is to be told.
    if (registration.waiting && worker.controller) document.dispatchEvent(new Event("spectnet-update"));
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", tell));
  document.addEventListener("spectnet-reload", () => {
    worker.addEventListener("controllerchange", () => location.reload(), { once: true });
    if (registration.waiting) registration.waiting.postMessage("activate");
    else location.reload();
  });
  tell();
}

// Browsers keep pages only over https and on localhost. Where that fails the page works as it does without.
if ("serviceWorker" in navigator && isSecureContext && location.protocol.startsWith("http")) keep().catch(() => {});
