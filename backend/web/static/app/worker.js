// The service worker: keeps this release of the page, so that it opens without a network.
// The server puts VERSION and FILES above; another VERSION is another release. /v1 is never kept.

const PAGE = "/app";
const NAME = `app ${VERSION}`;

addEventListener("install", (event) => {
  const fresh = [PAGE, ...FILES].map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(fresh)));
});

addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("app ") && name !== NAME).map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(drop());
});

addEventListener("message", (event) => {
  if (event.data === "take over") skipWaiting();
});

const kept = async (path, request) => (await (await caches.open(NAME)).match(path)) ?? fetch(request);

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" ? pathname === PAGE : FILES.includes(pathname)) event.respondWith(kept(pathname, request));
});
