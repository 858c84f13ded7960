// Screens that nobody needs for greeting and helping: they come when the rest is there.

import { Allow, Claim, Decline } from "./allow.js";
import { Cards, Pack } from "./cards.js";
import { FollowUp, FollowUps } from "./followups.js";
import { Redemption, Reward, Rewards } from "./rewards.js";

export const LATER = {
  cards: Cards, pack: Pack, follow_ups: FollowUps, follow_up: FollowUp, rewards: Rewards, reward: Reward, redemption: Redemption,
  allow: Allow, decline: Decline, claim: Claim,
};
