import { median, shown } from "./bench.ts";
import type { NetworkCost } from "./network-cost.ts";
import type { Cases } from "./rounds.ts";

type Print = (line: string) => void;

/** Prints a table for each case: the median and the raw times of each contender, and the ratio to Quintet's median. */
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

/** Prints how the machines of the contenders differ, if they do. */
export function printDifferences(print: Print, differences: Cases<string>): void {
  for (const [title, found] of Object.entries(differences)) {
    print(`${title} (- is missing here, + is only here)`);
    for (const [name, lines] of Object.entries(found)) {
      print(
        `  ${name.padEnd(22)} ${lines.length === 0 ? "in no line: the machines match" : `in ${lines.length} lines`}`,
      );
      for (const line of lines) print(`    ${line}`);
    }
  }
}

/** Prints the network traffic of a run with nothing to do, one line for each host. */
export function printNetworkCosts(print: Print, wires: Record<string, Record<string, NetworkCost>>): void {
  print(
    "nothing to do, network traffic: connections and sessions from sshd's journal, IP bytes from and to port 22",
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
