import type { Host, HttpAnswer, Inventory, Probe } from "../../engine/index.ts";
import { hostsIn } from "../../engine/model/inventory/index.ts";
import type { HttpQuestion } from "../../engine/util/http.ts";

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A site probe with the test's answers. Its `eventually` does not wait, and gives up after three attempts. */
export function fakeProbe(
  inventory: Inventory,
  answers: {
    http?: (address: string, question: HttpQuestion) => Answer;
    run?: (host: Host, script: string) => string;
    connects?: (address: string, port: number) => boolean;
  },
): Probe {
  return {
    inventory,
    hosts: (group) => hostsIn(inventory, group),
    http: async (address, question): Promise<HttpAnswer> => {
      const { status = 200, headers = {}, body = "" } = answers.http?.(address, question) ?? {};
      return { status, headers: new Headers(headers), body };
    },
    connects: async (address, port) => answers.connects?.(address, port) ?? true,
    run: async (host, script) => answers.run?.(host, script.masked) ?? "",
    secret: (name) => {
      throw new Error(`no test needs the secret ${name}`);
    },
    eventually: async (_seconds, attempt) => {
      for (let left = 2; left > 0; left--) {
        try {
          return await attempt();
        } catch {}
      }
      return attempt();
    },
  };
}
