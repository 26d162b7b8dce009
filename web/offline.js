// Keeps the page on the device (web/sw.js), and tells the page when a new version of it is ready.
const status = document.querySelector("#status");

// The page comes first: what is kept is fetched once the program has settled down.
function settled() {
  return new Promise((resolve) => {
    const observer = new MutationObserver(check);
    function check() {
      if (!["ready", "done", "failed"].includes(status.dataset.state)) return;
      observer.disconnect();
      resolve();
    }
    observer.observe(status, { attributes: true, attributeFilter: ["data-state"] });
    check();
  });
}

async function keep() {
  await settled();
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
