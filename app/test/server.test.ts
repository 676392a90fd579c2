import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildApp } from "../build.ts";

let folder: string;
let closedPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quintet-app-"));
  await writeFile(join(folder, "password"), "secret\n");
  const nobody = createServer();
  closedPort = await listen(nobody);
  nobody.close();
  await buildApp(join(folder, "one"));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the bundle", () => {
  test("has the same bytes after every build, and no file that is gone from the sources", async () => {
    const second = join(folder, "two");
    await buildApp(second);
    await writeFile(join(second, "public", "left-over.css"), "");
    await buildApp(second);
    const files = (await readdir(second, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map((file) => file.name).sort()).toEqual([
      "favicon.svg",
      "server.mjs",
      "site.css",
      "site.js",
    ]);
    for (const path of ["server.mjs", "public/site.css"]) {
      expect((await readFile(join(second, path))).equals(await readFile(join(folder, "one", path)))).toBe(
        true,
      );
    }
  }, 60_000);

  test("reports a wrong configuration and exits", async () => {
    const { child, output } = run({ SERVER_NAME: "" });
    const [code] = await once(child, "exit");
    expect([code, output()]).toEqual([1, expect.stringContaining("cannot start: SERVER_NAME is not set")]);
  });

  test("runs without a database: it is healthy, not ready, and shows a friendly page", async () => {
    const { address } = await started({});
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const ready = await fetch(`${address}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      databases: [{ name: "db-01", reachable: false, role: "unknown", error: "ECONNREFUSED" }],
    });
    expect((await fetch(address)).status).toBe(503);
    const body = new URLSearchParams({ name: "Ann", message: "hi" });
    expect((await fetch(`${address}/entries`, { method: "POST", body })).status).toBe(503);
  });

  test("listens on the socket that systemd passes", async () => {
    const socket = createServer();
    const port = await listen(socket);
    // systemd passes a descriptor. The test closes its own copy as soon as the program has one.
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const { child, output } = run({ LISTEN_FDS: "1", PORT: "1" }, fd);
    socket.close();
    await expect.poll(output, { timeout: 10_000 }).toContain("Server listening");
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("shuts down cleanly: it answers the open request, then exits with 0", async () => {
    const { child, address } = await started({});
    // The request stays open until its body has arrived.
    const slow = request(`${address}/entries`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "6" },
    });
    slow.write("na");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGTERM");
    const exited = once(child, "exit");
    await new Promise((resolve) => setTimeout(resolve, 600));
    slow.end("me=A");
    const [response] = await once(slow, "response");
    expect([response.statusCode, response.headers.connection]).toEqual([422, "close"]);
    response.resume();
    expect(await exited).toEqual([0, null]);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });

  test("still answers on an open connection while it shuts down, then closes it", async () => {
    const { child, address } = await started({});
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answer = async () => {
      const [response] = await once(request(`${address}/healthz`, { agent }).end(), "response");
      await once(response.resume(), "end");
      return [response.statusCode, response.headers.connection];
    };
    expect(await answer()).toEqual([200, "keep-alive"]);
    child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await answer()).toEqual([200, "close"]);
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

function run(env: Record<string, string>, inherited?: number): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(folder, "one", "server.mjs")], {
    cwd: folder,
    env: {
      SERVER_NAME: "web-07",
      DATABASES: `db-01=127.0.0.1:${closedPort}`,
      DATABASE_NAME: "guestbook",
      DATABASE_USER: "guestbook",
      DATABASE_PASSWORD_FILE: join(folder, "password"),
      PORT: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe", ...(inherited === undefined ? [] : [inherited])],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  return { child, output: () => text };
}

async function started(env: Record<string, string>): Promise<{ child: ChildProcess; address: string }> {
  const { child, output } = run(env);
  const address = () => /listening at (http:[^"\s]+)/.exec(output())?.[1];
  await expect.poll(address, { timeout: 10_000 }).toBeDefined();
  return { child, address: address() ?? "" };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const found = server.address();
  return typeof found === "object" && found !== null ? found.port : 0;
}
