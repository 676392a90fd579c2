import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { OutcomeUnknown, Unavailable } from "../src/database/failures.ts";
import type { Value } from "../src/database/session.ts";
import { isWorthALine } from "../src/http/request-log.ts";
import { fakeDatabase, mysqlError, ROW, sendRaw, startSite, state } from "./support.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const GTID = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23";
const post = (url: string, type: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", headers: { "content-type": type, ...headers }, body, redirect: "manual" });
const rejecting = (error: Error) => ({
  read: async () => Promise.reject(error),
  write: async () => Promise.reject(error),
});

describe("pages", () => {
  test("show entries escaped, and which server and database served them", async () => {
    const response = await fetch(await startSite(fakeDatabase({ rows: async () => [ROW] })));
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-served-by")).toBe("web-07");
    expect(response.headers.get("x-database")).toBe("db-02");
    expect(page).toContain("&lt;b&gt;Ann&lt;/b&gt;");
    expect(page).not.toContain("<script>alert");
    for (const text of ["web-07", "db-02 (replica)", "r42"]) expect(page).toContain(`<dd>${text}</dd>`);
  });

  test("link to older entries by the last id", async () => {
    const rows = Array.from({ length: 11 }, (_, index) => ({ ...ROW, id: 20 - index }));
    const page = await (await fetch(await startSite(fakeDatabase({ rows: async () => rows })))).text();
    expect(page).toContain('href="/?before=11"');
    expect(page.match(/<li class="card"/g)).toHaveLength(10);
  });

  test("redirect to the list after a new entry, with a cookie that has its GTID", async () => {
    const written: (readonly Value[])[] = [];
    const write = async (_sql: string, values: readonly Value[]) => {
      written.push(values);
      return { insertId: 9 };
    };
    const site = await startSite(fakeDatabase({ write }));
    const response = await post(
      `${site}/entries`,
      FORM,
      "name=Ann&message=a%0D%0Ab+%F0%9F%98%80&key=abcdefgh",
    );
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    expect(response.headers.get("x-database")).toBe("db-01");
    expect(response.headers.get("set-cookie")).toContain(encodeURIComponent(GTID));
    expect(written[0]?.slice(0, 3)).toEqual(["Ann", "a\nb 😀", "abcdefgh"]);
  });

  test("pass the GTID of the cookie to the next read", async () => {
    const asked: (string | undefined)[] = [];
    const read = fakeDatabase().read;
    const site = await startSite(
      fakeDatabase(
        {},
        {
          read: (task, after) => {
            asked.push(after);
            return read(task, after);
          },
        },
      ),
    );
    await fetch(site, { headers: { cookie: `after_gtid=${encodeURIComponent(GTID)}` } });
    await fetch(site, { headers: { cookie: "after_gtid=nonsense" } });
    expect(asked).toEqual([GTID, undefined]);
  });

  test("show a wrong form again, with errors and what was typed", async () => {
    const response = await post(
      `${await startSite()}/entries`,
      FORM,
      "name=%22%3E%3Cb%3E&message=+%0A+&key=abcdefgh",
    );
    const page = await response.text();
    expect(response.status).toBe(422);
    expect(page).toContain('value="&quot;&gt;&lt;b&gt;"');
    expect(page).toContain('value="abcdefgh"');
    expect(page).toMatch(/<form [^>]*aria-describedby="form-errors"/);
    expect(page).toMatch(/<textarea [^>]*aria-invalid="true" aria-describedby="message-error message-hint"/);
    expect(page).toContain('<a href="#message">Please enter a message.</a>');
  });

  test("add one entry if a form is sent twice, and refuse another text with the same key", async () => {
    const site = await startSite(
      fakeDatabase({
        write: async () => Promise.reject(mysqlError(1062, "ER_DUP_ENTRY")),
        rows: async () => [{ ...ROW, name: "Ann", message: "hi" }],
      }),
    );
    expect((await post(`${site}/entries`, FORM, "name=Ann&message=hi&key=abcdefgh")).status).toBe(303);
    const conflict = await post(`${site}/entries`, FORM, "name=Ann&message=other&key=abcdefgh");
    expect(conflict.status).toBe(409);
    expect(await conflict.text()).not.toContain('value="abcdefgh"');
  });
});

describe("the JSON interface", () => {
  test("lists entries, with the address of the next page", async () => {
    const rows = [ROW, { ...ROW, id: 4 }, { ...ROW, id: 3 }];
    const site = await startSite(fakeDatabase({ rows: async () => rows }));
    const { entries, next } = (await (await fetch(`${site}/api/entries?limit=2`)).json()) as {
      entries: { id: number }[];
      next: string;
    };
    expect(entries.map((entry) => entry.id)).toEqual([5, 4]);
    expect(next).toBe("/api/entries?limit=2&before=4");
    expect(await (await fetch(`${site}/api/entries?limit=3`)).json()).toMatchObject({ next: null });
  });

  test("adds an entry, and returns its GTID and key", async () => {
    const site = await startSite();
    const response = await post(
      `${site}/api/entries`,
      JSON_TYPE,
      JSON.stringify({ name: "Ann", message: "hi" }),
    );
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ id: 1, name: "Ann", message: "hi" });
    expect(response.headers.get("x-write-gtid")).toBe(GTID);
    expect(response.headers.get("location")).toBe("/api/entries/1");
    expect(response.headers.get("idempotency-key")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("returns one entry, or 404 if there is none", async () => {
    const site = await startSite(
      fakeDatabase({ rows: async (_sql, values) => (values?.[0] === 5 ? [ROW] : []) }),
    );
    expect(await (await fetch(`${site}/api/entries/5`)).json()).toMatchObject({
      id: 5,
      createdAt: "2026-01-02T03:04:05.678Z",
    });
    const none = await fetch(`${site}/api/entries/6`);
    expect([none.status, Object.keys((await none.json()) as object)]).toEqual([404, ["error"]]);
  });

  test("shows no hidden entry: not in a list, not by its id, and does not say that it was there", async () => {
    const site = await startSite(
      fakeDatabase({ rows: async (sql) => (sql.includes("WHERE hidden_at IS NULL") ? [] : [ROW]) }),
    );
    expect(await (await fetch(`${site}/api/entries`)).json()).toEqual({ entries: [], next: null });
    expect(await (await fetch(`${site}/api/entries?before=9`)).json()).toEqual({ entries: [], next: null });
    expect((await fetch(`${site}/api/entries/5`)).status).toBe(404);
    expect(await (await fetch(site)).text()).not.toContain("Ann");
  });

  test("shows what there is where the database is older than the release, and hides nothing yet", async () => {
    const asked: string[] = [];
    const rows = async (sql: string, values: readonly Value[] = []) => {
      asked.push(`${sql} ${values.join()}`);
      if (sql.includes("hidden_at")) throw mysqlError(1054, "ER_BAD_FIELD_ERROR");
      return [ROW];
    };
    const site = await startSite(fakeDatabase({ rows }));
    expect(await (await fetch(`${site}/api/entries?before=9&limit=3`)).json()).toMatchObject({
      entries: [{ id: 5 }],
    });
    expect((await fetch(`${site}/api/entries/5`)).status).toBe(200);
    const read = "SELECT id, name, message, created_at FROM entries WHERE";
    expect(asked).toEqual([
      `${read} hidden_at IS NULL AND id < ? ORDER BY id DESC LIMIT ? 9,4`,
      `${read} id < ? ORDER BY id DESC LIMIT ? 9,4`,
      `${read} hidden_at IS NULL AND id = ? ORDER BY id DESC LIMIT ? 5,1`,
      `${read} id = ? ORDER BY id DESC LIMIT ? 5,1`,
    ]);
  });

  test("answers the sender of a hidden entry who sends it again as before, and adds it no second time", async () => {
    const site = await startSite(
      fakeDatabase({
        write: async () => Promise.reject(mysqlError(1062, "ER_DUP_ENTRY")),
        rows: async (sql) =>
          sql.includes("hidden_at") ? [] : [{ ...ROW, name: "Ann", message: "rude words" }],
      }),
    );
    const send = (message: string) =>
      post(`${site}/api/entries`, JSON_TYPE, JSON.stringify({ name: "Ann", message }), {
        "idempotency-key": "abcdefgh",
      });
    expect((await send("rude words")).status).toBe(200);
    const other = await send("others");
    expect([other.status, await other.text()]).toEqual([409, expect.not.stringContaining("rude")]);
  });

  test("names the wrong fields", async () => {
    const response = await post(`${await startSite()}/api/entries`, JSON_TYPE, '{"name":"Ann"}');
    expect([response.status, await response.json()]).toEqual([
      422,
      { error: "Please enter a message.", fields: { message: "Please enter a message." } },
    ]);
  });

  test("describes the server", async () => {
    expect(await (await fetch(`${await startSite()}/api/server`)).json()).toMatchObject({
      server: "web-07",
      release: "r42",
      primary: "db-01",
    });
  });
});

describe("protection against forms of other sites", () => {
  test.each([
    ["a form of this site", { "sec-fetch-site": "same-origin" }, 303],
    ["typed by the visitor", { "sec-fetch-site": "none" }, 303],
    ["a form of another site", { "sec-fetch-site": "cross-site" }, 403],
    ["a form of a sibling domain", { "sec-fetch-site": "same-site" }, 403],
    ["an old browser on this site", { origin: "SITE" }, 303],
    ["an old browser on another site", { origin: "http://evil.example" }, 403],
    ["a page without an origin", { origin: "null" }, 403],
    ["no browser", {}, 303],
  ] as const)("%s", async (_name, headers, status) => {
    const written: unknown[] = [];
    const write = async (_sql: string, values: readonly Value[]) => {
      written.push(values);
      return { insertId: 9 };
    };
    const site = await startSite(fakeDatabase({ write }));
    const sent = JSON.parse(JSON.stringify(headers).replace("SITE", site));
    const response = await post(`${site}/entries`, FORM, "name=Ann&message=Hi&key=abcdefgh", sent);
    expect([response.status, written.length]).toEqual([status, status === 303 ? 1 : 0]);
  });

  test("covers JSON too, but not reading", async () => {
    const site = await startSite();
    const headers = { "sec-fetch-site": "cross-site" };
    const response = await post(`${site}/api/entries`, JSON_TYPE, '{"name":"A","message":"B"}', headers);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining("another site") });
    expect((await fetch(`${site}/api/entries`, { headers })).status).toBe(200);
  });
});

test("pages load only their own files, and no other page may frame them", async () => {
  const { headers } = await fetch(await startSite());
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
});

describe("bad requests", () => {
  const big = "x".repeat(17 * 1024);
  test.each<[string, string, string | Uint8Array, number]>([
    ["/entries", FORM, `name=a&message=${big}`, 413],
    ["/entries", FORM, `name=a&message=${encodeURIComponent("中".repeat(2000))}`, 303],
    ["/entries", FORM, `name=a&message=${"%41".repeat(17 * 1024)}`, 413],
    ["/entries", FORM, "name=%FF&message=a", 400],
    ["/entries", FORM, "name=%&message=a", 400],
    ["/entries", FORM, "name=a&name=b&message=a", 400],
    ["/entries", FORM, Buffer.from("name=\xff", "latin1"), 400],
    ["/entries", FORM, "name=%00&message=a", 422],
    ["/entries", JSON_TYPE, "{}", 415],
    ["/entries", "text/plain", "x", 415],
    ["/api/entries", FORM, "name=a", 415],
    ["/api/entries", JSON_TYPE, JSON.stringify({ name: big }), 413],
    ["/api/entries", JSON_TYPE, "{", 400],
    ["/api/entries", JSON_TYPE, "", 400],
    ["/api/entries", JSON_TYPE, "[]", 400],
    ["/api/entries", JSON_TYPE, "null", 400],
    ["/api/entries", JSON_TYPE, Buffer.from('{"name":"\xff"}', "latin1"), 400],
    ["/api/entries", JSON_TYPE, '{"name":1,"message":"a"}', 422],
    ["/api/entries", JSON_TYPE, '{"name":"\\ud800","message":"a"}', 422],
    ["/about", "text/plain", "x", 405],
    ["/nothing", "text/plain", "x", 404],
  ])("POST %s %s, case %#", async (path, type, body, status) => {
    const response = await post((await startSite()) + path, type, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-served-by")).toBe("web-07");
  });

  test.each([
    ["/entries", FORM, "gzip", 415],
    ["/api/entries", JSON_TYPE, "br", 415],
    ["/entries", FORM, "identity, gzip", 415],
    ["/entries", FORM, "Identity", 303],
  ])("POST %s as %s encoded with %s", async (path, type, encoding, status) => {
    const body = "name=a&message=b";
    const response = await post((await startSite()) + path, type, body, { "content-encoding": encoding });
    expect(response.status).toBe(status);
    expect(response.headers.get("accept-encoding")).toBe(status === 415 ? "identity" : null);
  });

  test.each([
    ["/?before=abc", 400],
    ["/?before=0", 400],
    ["/?before=99999999999999999999", 400],
    ["/?before=1&before=2", 400],
    ["/about?x=%FF", 400],
    ["/%FF", 400],
    ["/nothing", 404],
    ["/api/nothing", 404],
    ["/api/entries?limit=0", 400],
    ["/api/entries?limit=101", 400],
    ["/api/entries/abc", 400],
  ])("GET %s, as page or JSON", async (path, status) => {
    const response = await fetch((await startSite()) + path);
    expect([response.status, response.headers.get("x-served-by")]).toEqual([status, "web-07"]);
    expect(response.headers.get("content-type")).toMatch(
      path.startsWith("/api") ? /^application\/json/ : /^text\/html/,
    );
  });

  test.each([
    ["PUT", "/", "GET, HEAD"],
    ["GET", "/entries", "POST"],
    ["DELETE", "/api/entries/1", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
  ])("%s %s: 405 with the allowed methods", async (method, path, allow) => {
    const response = await fetch((await startSite()) + path, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });

  test.each([
    ["X-After-Gtid", "1' OR '1"],
    ["X-After-Gtid", ""],
  ])("a bad %s header %j: 400", async (name, value) => {
    expect((await fetch(`${await startSite()}/api/entries`, { headers: { [name]: value } })).status).toBe(
      400,
    );
  });

  test("a bad Idempotency-Key: 400", async () => {
    const headers = { "idempotency-key": "short" };
    const response = await post(
      `${await startSite()}/api/entries`,
      JSON_TYPE,
      '{"name":"a","message":"b"}',
      headers,
    );
    expect(response.status).toBe(400);
  });

  test.each([
    ["GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["GET /about?\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["garbage\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`, 431],
  ])("raw bytes, case %#", async (bytes, status) => {
    const answer = await sendRaw(await startSite(), bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain("x-served-by: web-07");
  });
});

describe("without a database", () => {
  test.each([
    ["/", /^text\/html/],
    ["/api/entries", /^application\/json/],
  ])("GET %s is a friendly 503", async (path, type) => {
    const site = await startSite(fakeDatabase({}, rejecting(new Unavailable("db-01: secret reason"))));
    const response = await fetch(site + path);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(response.headers.get("content-type")).toMatch(type);
    expect(await response.text()).not.toMatch(/secret|at .*\.ts/);
  });

  test("a form keeps what was typed and its key", async () => {
    const site = await startSite(fakeDatabase({}, rejecting(new Unavailable("away"))));
    const response = await post(`${site}/entries`, FORM, "name=Ann&message=hello&key=abcdefgh");
    const page = await response.text();
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(page).toMatch(/was not saved/);
    for (const kept of ['value="Ann"', "hello</textarea>", 'value="abcdefgh"']) expect(page).toContain(kept);
  });

  test("a write with an unknown outcome is reported as unknown", async () => {
    const { write } = rejecting(new OutcomeUnknown("db-01", "PROTOCOL_CONNECTION_LOST"));
    const site = await startSite(fakeDatabase({}, { write }));
    const page = await post(`${site}/entries`, FORM, "name=Ann&message=hello");
    expect([page.status, await page.text()]).toEqual([
      503,
      expect.stringContaining("may or may not have been saved"),
    ]);
    const api = await post(`${site}/api/entries`, JSON_TYPE, '{"name":"a","message":"b"}');
    expect([api.status, api.headers.get("x-database")]).toEqual([503, "db-01"]);
    expect(api.headers.get("idempotency-key")).not.toBeNull();
    expect(await api.text()).toContain("may or may not have been saved");
  });

  test("/healthz is 200 and /readyz is 503", async () => {
    const states = () => [state("db-01", "unknown", { error: "ECONNREFUSED" })];
    const site = await startSite(fakeDatabase({}, { ...rejecting(new Error("asked")), states }));
    const health = await fetch(`${site}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
    const ready = await fetch(`${site}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      expect.objectContaining({ databases: states() }),
    ]);
  });
});

describe("the site", () => {
  test("answers HEAD like GET, without the body", async () => {
    const response = await fetch(await startSite(), { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("x-database")).toBe("db-02");
  });

  test("answers /readyz with 200 if there is a primary", async () => {
    expect((await fetch(`${await startSite()}/readyz`)).status).toBe(200);
  });

  test("answers a bug with a page without details", async () => {
    const site = await startSite(fakeDatabase({}, rejecting(new TypeError("secret fault"))));
    const response = await fetch(site);
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.not.stringMatching(/secret|TypeError/),
    ]);
  });

  test("logs a request that failed as one line of JSON, with the client's address from Nginx, without bodies and cookies", async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    const unknown = rejecting(new OutcomeUnknown("db-01", "write"));
    const site = await startSite(fakeDatabase({}, unknown), pino(sink));
    const headers = { "x-forwarded-for": "203.0.113.9", cookie: "a=hidden" };
    await post(`${site}/entries?q=1`, FORM, "name=hidden&message=hidden", headers);
    await expect.poll(() => lines.some((line) => line.includes('"msg":"request"'))).toBe(true);
    const line = lines.find((text) => text.includes('"msg":"request"')) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      method: "POST",
      url: "/entries?q=1",
      status: 503,
      client: "203.0.113.9",
      database: "db-01",
      ms: expect.any(Number),
    });
    expect(lines.join("")).not.toContain("hidden");
  });

  test("logs no request that went well, and no health check", async () => {
    const lines: string[] = [];
    const log = pino(
      new Writable({
        write: (chunk, _encoding, done) => {
          lines.push(String(chunk));
          done();
        },
      }),
    );
    const site = await startSite(fakeDatabase({}, { states: () => [] }), log);
    const statuses = [];
    for (const path of ["/", "/nothing", "/healthz", "/readyz", "/api/server"])
      statuses.push((await fetch(`${site}${path}`)).status);
    expect(statuses).toEqual([200, 404, 200, 503, 200]);
    expect(lines.filter((line) => line.includes('"msg":"request"'))).toEqual([]);
  });

  test.each([
    [{ url: "/", status: 200, ms: 999 }, false],
    [{ url: "/", status: 200, ms: 1001 }, true],
    [{ url: "/", status: 500, ms: 1 }, true],
    [{ url: "/healthz", status: 500, ms: 5000 }, false],
    [{ url: "/readyz?x", status: 503, ms: 1 }, false],
    [{ url: "/healthzz", status: 503, ms: 1 }, true],
  ])("says whether %j is worth a line: %s", (line, worth) => {
    expect(isWorthALine(line)).toBe(worth);
  });
});
