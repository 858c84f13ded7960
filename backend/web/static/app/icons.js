// Icons as paths of SVG, 24 by 24, drawn with lines; the words beside them say the same.

import { html } from "../vendor/preact-htm.js";

const PATHS = {
  directions: "M12 3l7 18-7-4-7 4z",
  seating: "M7 3v10h9l2 8M7 13l-1 8",
  food_and_drink: "M6 8h12l-1.5 13h-9zM12 8l2-6",
  cleaning: "M12 3s6 7 6 11a6 6 0 0 1-12 0c0-4 6-11 6-11z",
  lost_and_found: "M10 4a6 6 0 1 0 .01 0M15 15l6 6",
  accessibility: "M10 3.5a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 8v6h5l3 6M11 10.5h5M8 11.5a5 5 0 1 0 6.5 7",
  tickets: "M3 7h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM14 7v10",
  other: "M4 12h1M11.5 12h1M19 12h1",
  greet: "M8 13V5.5a1.5 1.5 0 0 1 3 0V11M11 11V4a1.5 1.5 0 0 1 3 0v7M14 11V5.5a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6c-3 0-4.5-1.5-6-4l-1.7-3a1.5 1.5 0 0 1 2.600-1.5L8 15",
  near: "M12 21s7-6.5 7-11.5a7 7 0 0 0-14 0C5 14.5 12 21 12 21zM12 7.5a2 2 0 1 0 .01 0",
  evening: "M12 3l2.7 5.7 6.300.8-4.600 4.300 1.200 6.200L12 17l-5.600 3 1.200-6.200L3 9.5l6.300-.8z",
  inbox: "M3 6h18v12H3zM3 7l9 7 9-7",
  gift: "M4 11h16v10H4zM3 7h18v4H3zM12 7v14M12 7c-2-4-6-4-6-2s3 2 6 2c3 0 6 0 6-2s-4-2-6 2",
  post: "M6 21V4M6 4h11l-3 4 3 4H6",
  party: "M8 5a3 3 0 1 0 .01 0M2.5 19c0-4 2.5-6 5.5-6s5.5 2 5.5 6M16 6a2.5 2.5 0 1 1 0 5M16.5 13.5c3 0 5 2 5 5.5",
  medical: "M9 3h6v6h6v6h-6v6H9v-6H3V9h6z",
  safety: "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6zM12 8v5M12 16v.01",
  back: "M15 5l-7 7 7 7",
  more: "M12 5v.01M12 12v.01M12 19v.01",
  away: "M3 3l18 18M2 9a15 15 0 0 1 5-3M22 9a15 15 0 0 0-11-4M5.5 12.5a10 10 0 0 1 5-2.5M18.5 12.5a10 10 0 0 0-2-1.5M9 16a4.5 4.5 0 0 1 6 0M12 19.5v.01",
  waiting: "M12 3a9 9 0 1 0 .01 0M12 7v5l3.5 2",
  wrong: "M12 3l10 18H2zM12 10v5M12 18v.01",
  erase: "M9 5h12v14H9l-6-7zM12.5 9.5l5 5M17.5 9.5l-5 5",
};

export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

// What fans need, by the API's categories, in the order in which they are shown.
export const NEEDS = ["directions", "seating", "food_and_drink", "cleaning", "lost_and_found", "accessibility", "tickets", "other"];
