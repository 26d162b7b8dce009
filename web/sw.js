// Keeps the built page on the device: the files of one build in a cache of their own, which answers first. What is not of
// the build, such as a model that the address names, comes from the network as ever. `cargo xtask page` writes the next three
// lines: a digest of all files, their names, and the names of those that are kept once they were asked for.
const VERSION = "unbuilt";
const FILES = ["./"];
const LATER = [];

const SCOPE = self.registration.scope;
// Other pages of the same server have caches of their own.
const OWN = `spectnet ${SCOPE} `;
const CACHE = OWN + VERSION;
const PAGE = new URL("./", SCOPE).href;
const KEPT_LATER = new Set(LATER.map((file) => new URL(file, SCOPE).href));

// All files or none: what a server refuses is never kept.
async function store() {
  const cache = await caches.open(CACHE);
  try {
    await cache.addAll(FILES.map((file) => new Request(new URL(file, SCOPE), { cache: "no-cache" })));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

// The files of earlier builds go.
async function clean() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OWN) && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// What a request asks for in the cache: the page is one, whatever stands behind the question mark.
function place(request) {
  const address = new URL(request.url);
  address.hash = "";
  const { origin, pathname } = address;
  const isPage = [PAGE, `${PAGE}index.html`].includes(origin + pathname);
  return request.mode === "navigate" && isPage ? PAGE : address.href;
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const wanted = place(request);
  const kept = await cache.match(wanted);
  if (kept) return kept;
  const response = await fetch(request);
  // Where there is no room for it, it comes from the network the next time too.
  if (response.ok && KEPT_LATER.has(wanted)) await cache.put(wanted, response.clone()).catch(() => {});
  return response;
}

self.addEventListener("install", (event) => event.waitUntil(store()));
self.addEventListener("activate", (event) => event.waitUntil(clean()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(SCOPE)) event.respondWith(answer(request));
});
// A new version waits until a person wants it.
self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});
