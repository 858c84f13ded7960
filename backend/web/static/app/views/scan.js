// Reading the QR of an enrolment slip, where the browser knows how to; elsewhere the code is typed.

import { html, useEffect, useRef, useState } from "../../vendor/preact-htm.js";
import { t } from "../i18n.js";

const LOOK_MS = 250;

export const canScan = () => "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);

export function Scan({ about, onFound, onLeave }) {
  const video = useRef(null);
  const [wrong, complain] = useState(false);
  useEffect(() => {
    let stream = null;
    let timer;
    let gone = false;
    const look = async (detector) => {
      if (gone) return;
      const [code] = await detector.detect(video.current).catch(() => []);
      if (gone) return;
      if (code) onFound(code.rawValue);
      else timer = setTimeout(look, LOOK_MS, detector);
    };
    const begin = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (gone) return stop();
        video.current.srcObject = stream;
        video.current.play().catch(() => {});
        await look(new BarcodeDetector({ formats: ["qr_code"] }));
      } catch {
        if (!gone) complain(true);
      }
      return undefined;
    };
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    begin();
    return () => {
      gone = true;
      clearTimeout(timer);
      stop();
    };
  }, []);
  return html`<div class="scan">
    <p role="status">${wrong ? t("scan.no_camera") : about}</p>
    <video ref=${video} muted playsinline aria-label=${t("scan.camera")}></video>
    <button onClick=${onLeave}>${t("scan.type")}</button>
  </div>`;
}
