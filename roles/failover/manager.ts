import { type Shell, sh } from "../../engine/index.ts";
import { FILES, PORT, PROGRAM } from "./places.ts";

/** Shell that prints what the machine's manager says within so many seconds, as a line of JSON. Nothing if there is none. */
export const healthWithin = (seconds: number): Shell =>
  sh`curl -s --max-time ${seconds} --cacert ${FILES.authority} "https://$(hostname --fqdn):${PORT}/health"`;

export const HEALTH = healthWithin(5);

/** Shell that prints what keeps the machine's manager from doing something. */
export const WHY = sh`{ ${HEALTH} || echo 'the manager does not answer'; } | sed -e 's/.*"why":"\([^"]*\)".*/\1/;t' -e 's/.*"step":{"do":"\([^"]*\)".*/it is at the step "\1"/'`;

/** Shell that has the manager's program do one thing. See failover/src/commands.ts. */
export const manager = (command: string, ...words: readonly string[]): Shell =>
  sh`/usr/bin/node ${`${PROGRAM}/current/failover.mjs`} ${command} ${FILES.configuration} ${words}`;
