// New releases: the service worker brings them, and they are taken up when nobody is looking.

export async function followReleases() {
  if (!("serviceWorker" in navigator)) return;
  let led = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // The first worker takes over a page that is as new as itself.
    if (led) location.reload();
    led = true;
  });
  const registration = await navigator.serviceWorker.register("/app.worker.js", { scope: "/app" }).catch(() => null);
  if (!registration) return;
  // At the start nothing is lost by beginning again; later only while the screen is dark.
  registration.waiting?.postMessage("take over");
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") registration.waiting?.postMessage("take over");
    else registration.update().catch(() => {});
  });
}
