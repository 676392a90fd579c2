import { Agent, request } from "node:https";
import type { Told } from "./mysql/database.ts";

/** Where the managers of the other databases answer, by the databases' names. */
export interface PeerOptions {
  readonly urls: Readonly<Record<string, string>>;
  readonly authority: string;
  /** Milliseconds for an answer. */
  readonly patience: number;
}

/** Asks the managers of all other databases what theirs have. Null for each one that does not answer. */
export function askingPeers({ urls, authority, patience }: PeerOptions) {
  const agent = agentOf(authority);
  return async (): Promise<Readonly<Record<string, Told | null>>> => {
    const answers = Object.entries(urls).map(
      async ([name, url]) =>
        [name, await ask<Told>(`${url}/told`, agent, patience).catch(() => null)] as const,
    );
    return Object.fromEntries(await Promise.all(answers));
  };
}

/** Connections to managers, which are kept. */
export function agentOf(authority: string): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1, ca: authority, minVersion: "TLSv1.3" });
}

/** What a manager answers. Throws if it does not, or not in time. */
export function ask<Answer>(url: string, agent: Agent, milliseconds: number): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      answer.on("error", reject);
      answer.on("end", () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => asking.destroy(new Error("no answer")), milliseconds);
    asking.on("close", () => clearTimeout(timer));
    asking.on("error", reject);
    asking.end();
  });
}
