import { text } from "../../../engine/index.ts";
import { configuration, type Settings } from "../settings.ts";

/**
 * The same file for primary and replica, so that each can become the other. It never says who takes writes: every start
 * is read-only, and the manager opens the primary.
 */
export default (settings: Settings) => text`
  [mysqld]
  ${configuration(settings).map((line) => (typeof line === "string" ? line : `${line.option.padEnd(29)} = ${line.value}`))}
`;
