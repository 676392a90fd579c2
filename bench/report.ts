import { median, shown } from "./bench.ts";
import type { Cases } from "./rounds.ts";
import type { Wire } from "./wire.ts";

type Print = (line: string) => void;

/** A table of medians and raw figures a case, each with how many times the first one's it is. */
export function printFigures(print: Print, cases: Cases): void {
  for (const [title, figures] of Object.entries(cases)) {
    print(title);
    const own = median(figures["Quintet"] ?? []);
    for (const [name, times] of Object.entries(figures)) {
      const ratio = name === "Quintet" || Number.isNaN(own) ? "" : `${(median(times) / own).toFixed(2)} x `;
      print(`  ${name.padEnd(22)} ${ratio.padStart(8)} ${shown(times)}`);
    }
  }
}

/** Whether machines are the same, or in what they differ. */
export function printDifferences(print: Print, differences: Cases<string>): void {
  for (const [title, found] of Object.entries(differences)) {
    print(`${title} (- that has, + this has)`);
    for (const [name, lines] of Object.entries(found)) {
      print(
        `  ${name.padEnd(22)} ${lines.length === 0 ? "in nothing: the machines match" : `in ${lines.length} lines`}`,
      );
      for (const line of lines) print(`    ${line}`);
    }
  }
}

/** What a run with nothing to do costs on the wire, a line a host. */
export function printWire(print: Print, wires: Record<string, Record<string, Wire>>): void {
  print(
    "nothing to do, on the wire: connections and sessions by sshd's journals, bytes of IP from and to port 22",
  );
  for (const [name, hosts] of Object.entries(wires)) {
    for (const [host, { connections, sessions, sent, received }] of Object.entries(hosts)) {
      const bytes = `${sent} bytes sent, ${received} received`;
      print(
        `  ${name.padEnd(22)} ${host.padEnd(8)} ${connections} connections, ${sessions} sessions, ${bytes}`,
      );
    }
  }
}
