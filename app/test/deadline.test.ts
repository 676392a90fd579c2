import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { within } from "../src/database/deadline.ts";

/** A peer that runs while this thread stands still: it answers each connection after so many milliseconds as it is told. */
const PEER = `
  const { createServer } = require("node:net");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((socket) =>
    socket.on("data", (delay) => setTimeout(() => socket.end("the answer"), Number(delay))).on("error", () => {}));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;
const peer = new Worker(PEER, { eval: true });
let port = 0;

beforeAll(async () => {
  [port] = await once(peer, "message");
});
afterAll(() => peer.terminate());

/** What the peer answers, over a connection that is already there. */
async function asked(delay: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`${delay}`);
  const [answer] = await once(socket, "data");
  return String(answer);
}

const late = () => new Error("late");
/** Stands still for a second, once a question has been sent. The timers that were due meanwhile come first after it. */
async function standStill() {
  await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

test("what takes longer than it may is late", async () => {
  await expect(within(50, asked(60_000), late)).rejects.toThrow("late");
});

test("what ends in time, or fails, is as it would be without a deadline", async () => {
  expect(await within(60_000, asked(1), late)).toBe("the answer");
  await expect(within(60_000, Promise.reject(new Error("refused")), late)).rejects.toThrow("refused");
});

test("a process that stood still reads first what has come meanwhile", async () => {
  const answer = within(300, asked(100), late);
  await standStill();
  expect(await answer).toBe("the answer");
});

test("and if nothing has come, it is late", async () => {
  const answer = within(300, asked(60_000), late);
  await standStill();
  await expect(answer).rejects.toThrow("late");
});
