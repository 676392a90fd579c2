import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext, rootCertificates } from "node:tls";
import { PKI } from "../engine/pki/certificates.ts";
import { openLab } from "../lab/index.ts";
import { type Bench, median } from "./bench.ts";
import { FAULTS, type Fault } from "./failover-faults.ts";
import { holderOf, listenForMove, settled } from "./failover-site.ts";
import { GIVES_UP, type Site, visitor } from "./failover-visitor.ts";

const ROUNDS = 20;

/**
 * How long new visitors wait if something happens to the balancer that has the public address. In each round one
 * begins at the moment of the fault, and one at a random moment within the second after it. `faults` are names, or the
 * first words of them; none means all.
 */
export async function failover(bench: Bench, print: (line: string) => void): Promise<void> {
  const usual = readFileSync(LINEAR, "utf8");
  writeFileSync(LINEAR, "0\n");
  try {
    await measureAll(bench, print);
  } finally {
    writeFileSync(LINEAR, usual);
  }
}

// --- internal ---

/** Newer Linux repeats a lost SYN after 1, 2, 3, 4 s. Most visitors' systems do it after 1 and 3, as with 0 here. */
const LINEAR = "/proc/sys/net/ipv4/tcp_syn_linear_timeouts";

async function measureAll(bench: Bench, print: (line: string) => void): Promise<void> {
  const { rounds = ROUNDS, faults = [] } = bench;
  const chosen = FAULTS.filter(
    ({ name }) => faults.length === 0 || faults.some((word) => name.includes(word)),
  );
  await settled(bench.file);
  for (const fault of chosen) {
    const found: Round[] = [];
    for (let round = 0; round < rounds; round++) found.push(await once(bench, fault));
    const waits = found.flatMap(({ visitors }) => visitors);
    print(`${fault.name}: a new visitor ${figures(waits)}; goal: 95 % within ${fault.goal} s`);
    print(`  each: ${waits.map(seconds).join(" ")}`);
    const moves = found.flatMap(({ moved }) => moved ?? []);
    print(`  the address was elsewhere ${moves.length} times, ${figures(moves)}`);
  }
}

interface Round {
  readonly visitors: readonly number[];
  /** Milliseconds until the network knew the address's new place, if it moved. */
  readonly moved: number | undefined;
}

async function once({ inventory, file }: Bench, fault: Fault): Promise<Round> {
  const lab = openLab(inventory);
  const site = siteOf(inventory.publicAddress, `www.${inventory.domain}`);
  const holder = await holderOf(lab, inventory);
  await visitor(site);
  const listening = listenForMove(inventory.publicAddress);
  try {
    const moment = await fault.inject(lab, holder);
    const later = async () => {
      await sleep(Math.random() * 1000);
      return visitor(site);
    };
    const visitors = await Promise.all([visitor(site), later()]);
    const moved = await listening.moved(3000);
    return { visitors, moved: moved === undefined ? undefined : moved - moment };
  } finally {
    listening.stop();
    await fault.heal(lab, holder);
    await settled(file);
  }
}

function siteOf(address: string, name: string): Site {
  const authority = readFileSync(join(PKI, "ca.pem"), "utf8");
  return { address, name, trusts: createSecureContext({ ca: [...rootCertificates, authority] }) };
}

/** Median, 95th percentile and maximum; a visitor who gave up waited for longer than is said. */
function figures(times: readonly number[]): string {
  if (times.length === 0) return "";
  const sorted = [...times].sort((a, b) => a - b);
  const of = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const gave = times.filter((time) => time >= GIVES_UP).length;
  const text = `median ${seconds(median(times))}, 95 % within ${seconds(of(0.95))}, at most ${seconds(of(1))} s`;
  return gave === 0 ? text : `${text}; ${gave} gave up`;
}

const seconds = (ms: number) => (ms / 1000).toFixed(2);
