// What an event left over and is mine to see to: those due first come first.

import { clock, day, t } from "./i18n.js";
import { bodyOf } from "./state.js";

export const owed = () => bodyOf("follow_ups")?.items ?? [];
export const isLate = ({ due_at }) => new Date(due_at) < Date.now();
export const deadline = (one) => t(isLate(one) ? "follow_ups.late" : "follow_ups.until", { day: day(one.due_at), time: clock(one.due_at) });
