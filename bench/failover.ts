import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext, rootCertificates } from "node:tls";
import { PKI } from "../engine/pki/certificates.ts";
import { openLab } from "../lab/index.ts";
import { type Bench, where } from "./bench.ts";
import { FAULTS, type Fault } from "./failover-faults.ts";
import { type FailoverFigures, figures, type Measured, seconds } from "./failover-figures.ts";
import { holderOf, listenForMove, settled } from "./failover-site.ts";
import { type Site, visitor } from "./failover-visitor.ts";

const ROUNDS = 20;

/**
 * How long new visitors wait if something happens to the balancer that has the public address, or to another web server.
 * In each round one begins at the moment of the fault, and one at a random moment within the second after it. `faults`
 * are names, or words of them; none means all.
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
  const { rounds = ROUNDS, faults = [], record } = bench;
  const measured: Measured[] = [];
  const chosen = FAULTS.filter(
    ({ name }) => faults.length === 0 || faults.some((word) => name.includes(word)),
  );
  await settled(bench.file);
  for (const fault of chosen) {
    const found: Round[] = [];
    for (let round = 0; round < rounds; round++) found.push(await once(bench, fault));
    const waits = found.flatMap(({ visitors }) => visitors);
    const moves = found.flatMap(({ moved }) => moved ?? []);
    measured.push({ name: fault.name, goal: fault.goal, rounds, waits, moves });
    print(`${fault.name}: a new visitor ${figures(waits)}; goal: 95 % within ${fault.goal} s`);
    print(`  each: ${waits.map(seconds).join(" ")}`);
    print(`  the address was elsewhere ${moves.length} times, ${figures(moves)}`);
  }
  if (record === undefined) return;
  const kept: FailoverFigures = { where: where(), faults: measured };
  writeFileSync(`docs/measured/failover-${record}.json`, `${JSON.stringify(kept, undefined, 1)}\n`);
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
  const other = inventory.groups["web"]?.find(({ name }) => name !== holder)?.name ?? holder;
  const host = fault.of === "holder" ? holder : other;
  await visitor(site);
  const listening = listenForMove(inventory.publicAddress);
  try {
    const moment = await fault.inject(lab, host);
    const later = async () => {
      await sleep(Math.random() * 1000);
      return visitor(site);
    };
    const visitors = await Promise.all([visitor(site), later()]);
    const moved = await listening.moved(3000);
    return { visitors, moved: moved === undefined ? undefined : moved - moment };
  } finally {
    listening.stop();
    await fault.heal(lab, host);
    await settled(file);
  }
}

function siteOf(address: string, name: string): Site {
  const authority = readFileSync(join(PKI, "ca.pem"), "utf8");
  return { address, name, trusts: createSecureContext({ ca: [...rootCertificates, authority] }) };
}
