import { execFileSync } from "node:child_process";
import { installPackages } from "../lab/packages.ts";
import type { Bench } from "./bench.ts";

const SECONDS = 8;
const CONNECTIONS = 16;

/**
 * Requests per second over HTTPS through the balancer, measured with wrk on this computer. The lab's machines share
 * this computer's processors. So compare the figures with each other, but not with those of a data centre.
 */
export async function requests({ inventory }: Bench, print: (line: string) => void): Promise<void> {
  if (!has("wrk")) await installPackages(["wrk"], print);
  const { publicAddress, domain } = inventory;
  const asked = [
    ["a page that reads the database", "/", []],
    ["a page of the application alone", "/healthz", []],
    ["the same, a new connection each time", "/healthz", ["-H", "Connection: close"]],
    ["a static file", "/static/site.css", []],
  ] as const;
  for (const [what, path, extra] of asked) {
    const address = `https://${publicAddress}${path}`;
    const options = ["-t1", `-c${CONNECTIONS}`, `-d${SECONDS}s`, "--latency", "-H", `Host: www.${domain}`];
    const said = execFileSync("wrk", [...options, ...extra, address], { encoding: "utf8" });
    print(`${what.padEnd(38)} ${read(said)}`);
  }
}

// --- internal ---

function has(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The figures from wrk's output. Failed requests are shown too, because they are fast and would distort the rate. */
function read(said: string): string {
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
  const half = /^ +50%\s+(\S+)/m.exec(said)?.[1];
  const most = /^ +99%\s+(\S+)/m.exec(said)?.[1];
  const wrong = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? "0";
  const errors = /Socket errors: (.*)/.exec(said)?.[1] ?? "none";
  return `${Math.round(rate)}/s, 50 % within ${half}, 99 % within ${most}; not 2xx or 3xx: ${wrong}; socket errors: ${errors}`;
}
