import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";

/** Makes the logger: one JSON object a line on the standard output. */
export function makeLogger(config: Config): Logger {
  return pino({
    base: { server: config.serverName, release: config.release },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
  });
}
