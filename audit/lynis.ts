import { create } from "tar";
import type { Host } from "../engine/model/inventory/index.ts";
import { sh } from "../engine/template/shell.ts";
import { type Check, type Examination, type Found, judged, type Subject } from "./check.ts";

/** How hardened a machine is, by lynis. Lynis is copied there for the run and leaves nothing behind. */
export const lynis: Check = {
  name: "lynis",
  summary: "every machine has a high enough hardening index, by lynis",
  tools: { lynis: "lynis" },
  examinations: ({ hosts, ask }) => {
    let packed: Promise<Buffer> | undefined;
    const pack = () => {
      packed ??= packLynis();
      return packed;
    };
    return hosts.map((host) => examine(host, ask, pack));
  },
};

/** What lynis reports about a machine. */
export interface LynisReport {
  readonly version: string;
  readonly index: number;
  readonly tests: number;
  readonly warnings: readonly Advice[];
  readonly suggestions: readonly Advice[];
}

export interface Advice {
  /** For example `SSH-7408`. */
  readonly test: string;
  readonly text: string;
  readonly details?: string;
}

/** Parses lynis-report.dat. Throws if it has no index, or if lynis did not finish. */
export function lynisReportOf(report: string): LynisReport {
  const lines = report.split("\n").map((line) => /^(?<key>[\w[\]]+)=(?<value>.*)$/.exec(line)?.groups ?? {});
  const all = (key: string) => lines.flatMap((line) => (line["key"] === key ? [line["value"] ?? ""] : []));
  const index = Number(all("hardening_index").at(-1) ?? Number.NaN);
  if (Number.isNaN(index) || all("finish").at(-1) !== "true") throw new Error("lynis did not finish");
  return {
    version: all("lynis_version").at(-1) ?? "",
    index,
    tests: Number(all("lynis_tests_done").at(-1) ?? 0),
    warnings: all("warning[]").map(adviceIn),
    suggestions: all("suggestion[]").map(adviceIn),
  };
}

/** Judges the report: the index must be high enough. */
export function judgeLynis(about: string, report: LynisReport): Found {
  const { index, version, tests, warnings, suggestions } = report;
  const warned =
    warnings.length > 0 ? ` (${warnings.map(({ test, text }) => `${test} ${text}`).join(", ")})` : "";
  return {
    about,
    ...judged(
      `${index}, ${warnings.length} warnings${warned}, ${suggestions.length} suggestions, ${tests} tests, lynis ${version}`,
      index < LEAST ? ["too low"] : [],
    ),
    expected: EXPECTED,
    figures: { ...report },
  };
}

// --- internal ---

const LEAST = 80;
const EXPECTED = `at least ${LEAST}`;
const SECONDS = 900;

/** The files of Debian's package. Without custom.prf, because this computer's own settings do not belong there. */
const FILES = ["usr/sbin/lynis", "usr/share/lynis", "etc/lynis/default.prf", "etc/lynis/plugins"];

/** The archive has no owners. Lynis runs only files of root, and root unpacks it. */
async function packLynis(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of create({ cwd: "/", portable: true, gzip: true }, FILES))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function adviceIn(value: string): Advice {
  const [test = "", text = "", details = ""] = value.split("|");
  return { test, text, ...(/^-?$/.test(details) ? {} : { details }) };
}

function examine(host: Host, ask: Subject["ask"], pack: () => Promise<Buffer>): Examination {
  return {
    about: host.name,
    expected: EXPECTED,
    seconds: SECONDS,
    run: async (signal) => {
      const file = await pack();
      const report = await ask(host, program(file.length), signal, { seconds: SECONDS - 30, file });
      return [judgeLynis(host.name, lynisReportOf(report))];
    },
  };
}

/**
 * Prints only the report. Lynis looks for its parts in the current directory. If it is killed, it leaves its pid file
 * behind, so that is removed too. It is started with sh, because /tmp may be mounted noexec.
 */
const program = (size: number) => sh`
  set -eu
  umask 022
  dir=$(mktemp -d)
  trap 'rm -rf "$dir" /run/lynis.pid' EXIT
  trap 'exit 130' HUP INT TERM
  echo file
  head -c ${size} | tar -xz --no-same-owner -C "$dir"
  cd "$dir/usr/share/lynis"
  sh "$dir/usr/sbin/lynis" audit system --quick --no-colors --usecwd --profile "$dir/etc/lynis/default.prf" \
    --plugin-dir "$dir/etc/lynis/plugins" --logfile "$dir/log" --report-file "$dir/report" >"$dir/said" 2>&1 </dev/null ||
    { tail -n 5 "$dir/said"; exit 1; }
  cat "$dir/report"`;
