import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Told } from "./mysql/database.ts";

/** Where the managers of the other databases answer, by the databases' names. */
export interface PeerOptions {
  readonly urls: Readonly<Record<string, string>>;
  readonly authority: string;
  /** Milliseconds for an answer. */
  readonly patience: number;
}

/**
 * Asks the managers of all other databases what theirs have. Null for each one that does not answer. One that did not answer
 * last time is waited for more briefly: a primary or a standby that is gone must not slow each step of who takes its place.
 */
export function askingPeers({ urls, authority, patience }: PeerOptions) {
  const agent = agentOf(authority);
  const peers = Object.entries(urls).map(
    ([name, url]) =>
      [name, asking(() => ask<Told>(`${url}/told`, agent, patience).catch(() => null), patience)] as const,
  );
  return async (): Promise<Readonly<Record<string, Told | null>>> => {
    const answers = peers.map(async ([name, told]) => [name, await told()] as const);
    return Object.fromEntries(await Promise.all(answers));
  };
}

/** Only an answer to what was asked in the same call counts: an older one may say what is no longer so. */
function asking(question: () => Promise<Told | null>, patience: number): () => Promise<Told | null> {
  const brief = patience / 5;
  let pending: Promise<Told | null> | undefined;
  let silent = false;
  const start = () => {
    const asked = question().then((answer) => {
      silent = answer === null;
      if (pending === asked) pending = undefined;
      return answer;
    });
    pending = asked;
    return asked;
  };
  return async () => {
    if (pending !== undefined) await Promise.race([pending, sleep(brief)]);
    if (pending !== undefined) return null;
    const answer = start();
    return silent ? Promise.race([answer, sleep(brief, null)]) : answer;
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
