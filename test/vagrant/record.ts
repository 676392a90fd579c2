import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { limitsLine, readLimits } from "./limits.ts";
import type { Typed } from "./terminal.ts";

/** Writes the transcript, and a table of typed lines with their durations, into docs/. Hides this computer's paths. */
export function record(typed: readonly Typed[], transcript: string, site: string): void {
  const text = readFileSync(transcript, "utf8").replaceAll(site, "~/quintet");
  writeFileSync(join(DOCS, "vagrant-transcript.txt"), text.replaceAll(resolve(site, ".."), "~/.vagrant.d"));
  const page = join(DOCS, "vagrant.md");
  const [before = "", , after = ""] = readFileSync(page, "utf8").split(
    /<!-- (?:measured|end of measured) -->\n/,
  );
  const table = `<!-- measured -->\n${measured(typed)}<!-- end of measured -->\n`;
  writeFileSync(page, `${before}${table}${after}`);
}

// --- internal ---

const DOCS = resolve(import.meta.dirname, "../../docs/measured");

function measured(typed: readonly Typed[]): string {
  const memory = typed.flatMap(({ line, output }) => {
    const [, host] = /ssh -- (\S+) 'free -m'/.exec(line) ?? [];
    const [, total, used, , , , available] =
      /Mem: +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)/.exec(output) ?? [];
    return host === undefined ? [] : [`| ${host} | ${total} | ${used} | ${available} |`];
  });
  const limits = ["web-01", "web-02", "web-03", "db-01", "db-02"].flatMap((host) => {
    // The first time is before the load, the second behind it.
    const found = typed.filter(({ line }) => line === limitsLine(host))[1];
    return found ? [row(host, readLimits(found.output))] : [];
  });
  const load =
    typed
      .find(({ line }) => line.endsWith("load.ts"))
      ?.output.trim()
      .split("\n") ?? [];
  const times = typed
    .filter(({ line }) => !line.includes("free -m") && !line.includes("limits.sh"))
    .map(({ line, seconds }) => `| ${seconds.toFixed(1)} | \`${line.replaceAll("|", "\\|")}\` |`);
  const day = new Date().toISOString().slice(0, 10);
  const box = `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `Printed by \`npm run test:vagrant -- --record\` on ${day}, on one box with ${box}; the machines run in software, without KVM.`,
    "",
    ...["| seconds | typed |", "| ------: | ----- |", ...times, ""],
    ...["The load after the first smoke tests:", "", ...load.map((line) => `- ${line}`), ""],
    ...["What was lost at a kernel's limit since its boot, behind that load:", ""],
    "| host | room for connections | tracked | dropped | queues full | killed for memory | complaints |",
    "| ---- | -------------------: | ------: | ------: | ----------: | ----------------: | ---------: |",
    ...[...limits, ""],
    "Memory behind the load, in MiB:",
    "",
    ...["| host | total | used | available |", "| ---- | ----: | ---: | --------: |", ...memory, ""],
  ].join("\n");
}

function row(host: string, found: ReturnType<typeof readLimits>): string {
  const sum = (...names: string[]) => names.reduce((total, name) => total + (found[name] ?? 0), 0);
  const lost = [
    sum("drop", "early_drop"),
    sum("TcpExtListenOverflows", "TcpExtListenDrops"),
    sum("oom_kill"),
    sum("complaints", "files"),
  ];
  return `| ${[host, found["max"], found["count"], ...lost].join(" | ")} |`;
}
