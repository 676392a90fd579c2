import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PKI } from "../../../engine/pki/certificates.ts";
import { run } from "../../../lab/run.ts";
import { inside, visit } from "../machines.ts";
import { visitors } from "../visitors.ts";

const SITE = "192.168.56.10";
const HOST = "www.foobar.com";
/** This computer's own address has no limits. These are others that it has meanwhile. */
const STRANGERS = Array.from({ length: 8 }, (_, at) => `192.168.56.${200 + at}`);
const [STRANGER = ""] = STRANGERS;
/** What a browser asks for to show the first page. */
const PAGE = ["/", "/static/site.css", "/static/site.js", "/static/favicon.svg"];

/** Many who want to fill the site, and many who only read. */
export function flood(): void {
  describe("nobody can fill the site:", () => {
    beforeAll(() => Promise.all(STRANGERS.map((address) => run`ip address add ${address}/24 dev quintet0`)));
    afterAll(() => Promise.all(STRANGERS.map((address) => run`ip address del ${address}/24 dev quintet0`)));

    test("eight HTTP/2 connections with 640 POSTs whose bodies trickle", async () => {
      const sessions = await Promise.all(Array.from({ length: 8 }, () => http2From(STRANGER)));
      const slow = sessions.flatMap((session) => Array.from({ length: 80 }, () => trickle(session)));
      const crowd = visitors();
      const statuses = await Promise.all(slow);
      expect((await crowd.stop()).failures).toEqual([]);
      for (const session of sessions) session.destroy();
      const count = (status: number) => statuses.filter((found) => found === status).length;
      // 20 may be open at a time, and are given up after ten seconds.
      expect(count(429)).toBeGreaterThanOrEqual(600);
      expect(count(408) + count(429)).toBe(640);
    });

    test("3,500 silent connections to port 80, from eight addresses", async () => {
      const sockets = STRANGERS.flatMap((address) => silent(address, 80, 3500 / STRANGERS.length));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const crowd = visitors();
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect((await crowd.stop()).failures).toEqual([]);
      for (const socket of sockets) socket.destroy();
    });

    test("3,500 silent connections to port 443 from one address", async () => {
      const sockets = silent(STRANGER, 443, 3500);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const crowd = visitors();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect((await crowd.stop()).failures).toEqual([]);
      for (const socket of sockets) socket.destroy();
    });

    test("one who writes 150 times a minute is told to wait, and others are not", async () => {
      const session = await http2From(STRANGERS[2] ?? "");
      const statuses: number[] = [];
      for (let at = 0; at < 150; at++) statuses.push(await post(session));
      session.destroy();
      expect(statuses.slice(-10)).toEqual(Array(10).fill(429));
      expect(new Set(statuses)).toEqual(new Set([201, 429]));
      expect((await visit("/")).status).toBe(200);
      const said = await inside("web-01", "journalctl --since=-2min -u haproxy -o cat --no-pager; true");
      expect(said.match(/"POST [^"]*"/g)?.length ?? 0).toBeLessThanOrEqual(5);
    });

    test("two hundred people behind one address read undisturbed", async () => {
      const people = await Promise.all(Array.from({ length: 200 }, () => reader(STRANGERS[1] ?? "")));
      for (let page = 0; page < 3; page++) {
        const seen = await Promise.all(people.map((person) => person.opens(PAGE)));
        expect(new Set(seen.flat())).toEqual(new Set([200]));
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
      for (const person of people) person.leaves();
    });

    test.each(["http", "--http1.1 https", "--http2 https"])(
      "requests for another site: %s gets 421",
      async (way) => {
        const [options, scheme] = way.includes(" ") ? way.split(" ") : ["", way];
        const codes = await inside(
          "db-02",
          `for name in other.example 192.168.56.10 foobar.com.other.example; do
          curl -sk ${options} -o /dev/null -w '%{http_code} ' -H "Host: $name" ${scheme}://192.168.56.10/
        done`,
        );
        expect(codes.trim()).toBe("421 421 421");
      },
    );
  });
}

// --- internal ---

const authority = () => readFileSync(join(PKI, "ca.pem"), "utf8");

async function http2From(localAddress: string): Promise<ClientHttp2Session> {
  const socket = connectTls({
    socket: connectTcp({ host: SITE, port: 443, localAddress }),
    servername: HOST,
    ca: authority(),
    ALPNProtocols: ["h2"],
  });
  await once(socket, "secureConnect");
  const session = connectHttp2(`https://${HOST}`, { createConnection: () => socket });
  session.on("error", () => {}).on("goaway", () => session.close());
  return session;
}

/** Sends a body of one byte a second, until there is an answer. Returns its status. */
function trickle(session: ClientHttp2Session): Promise<number> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/api/entries",
      "content-type": "application/json",
    });
    const timer = setInterval(() => stream.write("{"), 1000);
    stream.on("response", (headers) => resolve(Number(headers[":status"])));
    stream.on("error", () => resolve(0));
    stream.on("close", () => {
      clearInterval(timer);
      resolve(0);
    });
    stream.resume();
  });
}

function post(session: ClientHttp2Session): Promise<number> {
  return answered(
    session,
    { ":method": "POST", ":path": "/api/entries", "content-type": "application/json" },
    '{"name":"a stranger","message":"hello"}',
  );
}

/** A browser: one connection for all, and another one when the server has closed it. */
async function reader(address: string) {
  let session = await http2From(address);
  return {
    opens: async (paths: readonly string[]) => {
      if (session.closed || session.destroyed) session = await http2From(address);
      return Promise.all(paths.map((path) => answered(session, { ":path": path })));
    },
    leaves: () => session.destroy(),
  };
}

function answered(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...headers });
    let status = 0;
    stream.on("response", (found) => {
      status = Number(found[":status"]);
    });
    stream
      .on("end", () => resolve(status))
      .on("error", reject)
      .resume();
    stream.end(body);
  });
}

/** Connections that say nothing. Those that are refused are opened again. */
function silent(localAddress: string, port: number, count: number): Socket[] {
  return Array.from({ length: Math.ceil(count) }, () => {
    const socket = connectTcp({ host: SITE, port, localAddress });
    socket.on("error", () => {});
    return socket;
  });
}
