import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import haproxyAnswers from "../../roles/keepalived/templates/haproxy-answers.pl.ts";

const open = new Set<Socket>();
let server: Server;

/** A server that answers like HAProxy's `monitor-uri`, or with something else; false means silence. */
async function listen(answer: string | false): Promise<number> {
  server = createServer((socket) => {
    open.add(socket.on("error", () => undefined));
    if (answer !== false) socket.on("data", () => socket.end(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function check(port: number, times: { within: number; watch: number }) {
  const child = spawn("perl", ["-"], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(haproxyAnswers({ port, ...times }).reveal());
  return once(child, "close").then(([status]) => status as number);
}

/** Waits until the check has its answer, and watches the connection that it has beside that one. */
async function watched(): Promise<void> {
  while (open.size < 2 || ![...open].some(({ closed }) => closed))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const end = () => {
  for (const socket of open) socket.destroy();
  open.clear();
};

afterEach(() => {
  end();
  server.close();
});

const OK = "HTTP/1.0 200 OK\r\n\r\n";

test.each<[string, string | false, number]>([
  ["succeeds if HAProxy says that it is well", OK, 0],
  ["fails if it says that it is not", "HTTP/1.0 503 Service Unavailable\r\n\r\n", 1],
  ["fails if it says nothing, as when it is frozen", false, 1],
  ["fails if it ends the connection without a word", "", 1],
])("the check of HAProxy %s", async (_, answer, status) => {
  expect(await check(await listen(answer), { within: 0.5, watch: 0.1 })).toBe(status);
});

// An hour is too long for the test: so these end when HAProxy does, or not at all.
const LONG = { within: 3600, watch: 3600 };

test("the check of HAProxy fails at once if nobody listens", async () => {
  const port = await listen(OK);
  server.close();
  expect(await check(port, LONG)).toBe(1);
});

test("the check of HAProxy fails at once if HAProxy ends while it is watched", async () => {
  const status = check(await listen(OK), LONG);
  await watched();
  server.close();
  end();
  expect(await status).toBe(1);
});

test("the check of HAProxy succeeds if HAProxy reloads while it is watched", async () => {
  const status = check(await listen(OK), LONG);
  await watched();
  end();
  expect(await status).toBe(0);
});
