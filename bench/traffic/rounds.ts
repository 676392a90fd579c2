import type { Inventory } from "../../engine/model/inventory/index.ts";
import { median } from "../bench.ts";
import type { Contender } from "./contenders.ts";
import { ASKED, type Asked, DIRECTLY, type Figures, note } from "./figures.ts";
import { handshakes } from "./handshakes.ts";
import { openLoop } from "./open-loop.ts";
import { perRequest, processors } from "./processors.ts";
import { load } from "./wrk.ts";

const SECONDS = { closed: 4, open: 8, handshakes: 2 };

/** Who is measured on which machines, and what has been found so far. */
export interface Setup {
  readonly inventory: Inventory;
  /** The first one is ours. */
  readonly contenders: readonly Contender[];
  /** Where one web server is asked directly. Another one, if the public address has moved to this one. */
  readonly direct: () => Promise<string>;
  readonly figures: Figures;
  readonly print: (line: string) => void;
  /** Ends it between two measurements. */
  readonly signal: AbortSignal;
}

/** Each contender once, as fast as answers come. The one web server is asked while it is configured by ours. */
export async function closedRound(setup: Setup): Promise<void> {
  for (const { name, origin, install } of setup.contenders) {
    await install();
    for (const asked of ASKED) await closedLoop(setup, name, origin, asked);
    if (name !== setup.contenders[0]?.name) continue;
    const direct = await setup.direct();
    for (const asked of ASKED.filter(({ once }) => !once)) await closedLoop(setup, DIRECTLY, direct, asked);
  }
}

/** Each contender once, at half of the rate that ours has reached in the closed loop; and TLS handshakes. */
export async function openRound(setup: Setup): Promise<void> {
  for (const { name, origin, install } of setup.contenders) {
    await install();
    await openLoops(setup, name, origin);
    if (name === setup.contenders[0]?.name) await openLoops(setup, DIRECTLY, await setup.direct());
  }
}

// --- internal ---

async function closedLoop(setup: Setup, contender: string, origin: string, asked: Asked): Promise<void> {
  const { inventory, figures, print } = setup;
  setup.signal.throwIfAborted();
  const spent = await processors(inventory);
  const before = spent();
  const options = { host: hostOf(setup), seconds: SECONDS.closed, once: asked.once ?? false };
  const { rate, requests, failed } = await load(`${origin}${asked.path}`, options);
  note(figures.closed, asked.name, contender, { rate, failed, spent: perRequest(before, spent(), requests) });
  print(`${asked.name.padEnd(38)} ${contender.padEnd(24)} ${Math.round(rate)}/s, ${failed} failed`);
}

async function openLoops(setup: Setup, contender: string, origin: string): Promise<void> {
  const { contenders, figures, print } = setup;
  const [ours] = contenders;
  for (const { name, path } of ASKED.filter(({ once }) => !once)) {
    setup.signal.throwIfAborted();
    const reached = figures.closed[name]?.[ours?.name ?? ""] ?? [];
    const rate = Math.round(median(reached.map((round) => round.rate)) / 2);
    const found = await openLoop({ origin, path, host: hostOf(setup), rate, seconds: SECONDS.open });
    note(figures.open, name, contender, { rate, ...found });
    const { p50, p99, p999, failed, late } = found;
    const times = [p50, p99, p999].map((ms) => `${ms.toFixed(2)} ms`).join(", ");
    const doubt = `${failed} failed, sent ${late.toFixed(2)} ms late`;
    print(`${name.padEnd(38)} ${contender.padEnd(24)} at ${rate}/s: p50, p99, p99.9 ${times}; ${doubt}`);
  }
  const [scheme, address = ""] = origin.split("://");
  if (scheme !== "https") return;
  const found = await handshakes(address.includes(":") ? address : `${address}:443`, SECONDS.handshakes);
  figures.handshakes[contender] = [...(figures.handshakes[contender] ?? []), found];
}

const hostOf = ({ inventory }: Setup) => `www.${inventory.domain}`;
