import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { PKI } from "../../engine/pki/certificates.ts";
import { INVENTORY } from "./machines.ts";

/** What visitors have met: requests that were answered as they should, and all others. */
export interface Visits {
  readonly answered: number;
  readonly failures: readonly string[];
  /** Ids of the entries that the site has acknowledged. */
  readonly written: readonly number[];
}

/**
 * Visitors of each kind who send requests until stopped: on one connection that is kept (HTTP/1.1 and HTTP/2), and on a new
 * connection each time. Each reads a page, a file and the application in turn, and writes an entry.
 */
export function visitors(each = 2): { stop(): Promise<Visits> } {
  const failures: string[] = [];
  const written: number[] = [];
  let answered = 0;
  let going = true;

  async function visit(kind: string, send: Send) {
    for (let turn = 0; going; turn++) {
      const asked = TURNS[turn % TURNS.length] ?? READ;
      const what = `${kind} ${asked.method} ${asked.path}`;
      await send(asked).then(
        ({ status, body }) => {
          if (status !== asked.status) failures.push(`${what}: ${status}`);
          else answered++;
          if (status === 201) written.push(JSON.parse(body).id);
        },
        (error: Error) => failures.push(`${what}: ${error.message}`),
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const started = Array.from({ length: each }, () =>
    Object.entries(KINDS).map(async ([kind, make]) => {
      const { send, end } = make();
      await visit(kind, send);
      end();
    }),
  ).flat();
  // A story that fails must not leave them to the next one.
  onTestFinished(() => {
    going = false;
  });
  return {
    stop: async () => {
      going = false;
      await Promise.all(started);
      return { answered, failures, written };
    },
  };
}

// --- internal ---

interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly status: number;
}
type Answer = { status: number; body: string };
type Send = (question: Question) => Promise<Answer>;
type Kind = () => { send: Send; end: () => void };

const READ: Question = { method: "GET", path: "/api/server", status: 200 };
const TURNS: readonly Question[] = [
  READ,
  { method: "POST", path: "/api/entries", status: 201 },
  { method: "GET", path: "/", status: 200 },
  { method: "POST", path: "/api/entries", status: 201 },
  { method: "GET", path: "/static/site.css", status: 200 },
];
const PATIENCE_MS = 15_000;

const KINDS: Record<string, Kind> = {
  kept: () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return { send: (question) => overHttp1(question, agent), end: () => agent.destroy() };
  },
  "one-shot": () => ({ send: (question) => overHttp1(question, false), end: () => {} }),
  "HTTP/2": overHttp2,
};

const { domain, publicAddress } = readInventory(INVENTORY);
const host = `www.${domain}`;
const authority = () => readFileSync(join(PKI, "ca.pem"), "utf8");
const bodyOf = ({ method }: Question) =>
  method === "POST" ? JSON.stringify({ name: "a visitor", message: randomUUID() }) : undefined;
const json = { "content-type": "application/json" };

function overHttp1(question: Question, agent: Agent | false): Promise<Answer> {
  const { method, path } = question;
  const body = bodyOf(question);
  const headers = { host, ...(body && { ...json, "content-length": Buffer.byteLength(body) }) };
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: publicAddress, servername: host, ca: authority(), method, path, headers, agent },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.on("error", reject);
      },
    );
    asking.setTimeout(PATIENCE_MS, () => asking.destroy(new Error("no answer")));
    asking.on("error", reject);
    asking.end(body);
  });
}

/** One session for all requests, and the next one once the server has said that it takes no more. */
function overHttp2() {
  let session: ClientHttp2Session | undefined;
  const current = () => {
    if (session) return session;
    const made = connect(`https://${publicAddress}`, { servername: host, ca: authority() });
    const end = () => {
      if (session === made) session = undefined;
      made.close();
    };
    made
      .on("error", () => {})
      .on("goaway", end)
      .on("close", end);
    session = made;
    return made;
  };
  const send: Send = async (question) => {
    const answer = await askOver(current(), question);
    // The server says so of what it has not begun (RFC 9113, 8.7). Browsers send that again.
    return answer === "refused" ? (askOver(current(), question) as Promise<Answer>) : answer;
  };
  return { send, end: () => session?.destroy() };
}

function askOver(session: ClientHttp2Session, question: Question): Promise<Answer | "refused"> {
  return new Promise((resolve, reject) => {
    const body = bodyOf(question);
    const stream = session.request({
      ":method": question.method,
      ":path": question.path,
      ":authority": host,
      ...(body && json),
    });
    let [status, text] = [0, ""];
    stream.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("end", () => resolve({ status, body: text }));
    const broken = (error: Error) =>
      stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? resolve("refused") : reject(error);
    stream.on("close", () => broken(new Error(`closed with code ${stream.rstCode}`)));
    stream.on("error", broken);
    stream.setTimeout(PATIENCE_MS, () => stream.destroy(new Error("no answer")));
    stream.end(body);
  });
}
