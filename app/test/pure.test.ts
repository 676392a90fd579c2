import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../src/config.ts";
import { gtidCookie, gtidFromCookies, parseGtidSet } from "../src/gtid.ts";
import { html } from "../src/html.ts";
import { whereToListen } from "../src/lifecycle.ts";
import { validateDraft } from "../src/text.ts";

const ENVIRONMENT = {
  SERVER_NAME: "web-01",
  DATABASES: "db-01=192.168.56.14:3306,db-02=[::1]:3307",
  DATABASE_NAME: "guestbook",
  DATABASE_USER: "guestbook",
  CREDENTIALS_DIRECTORY: "/run/credentials/app",
};
const FILES: Record<string, string> = {
  "/run/credentials/app/database-password": "pass word\n",
  "/other": "second",
  "/empty": "\n",
  "/ca.pem": "PEM",
};
const readFile = (path: string) => {
  const text = FILES[path];
  if (text === undefined) throw new Error(`no such file: ${path}`);
  return text;
};
const problemsOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readConfig(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe("configuration", () => {
  test("reads hosts and the password from the credentials folder, and applies defaults", () => {
    expect(readConfig(ENVIRONMENT, readFile)).toEqual({
      serverName: "web-01",
      domain: "www.foobar.com",
      release: "development",
      port: 3000,
      patience: 1,
      databases: [
        { name: "db-01", host: "192.168.56.14", port: 3306 },
        { name: "db-02", host: "::1", port: 3307 },
      ],
      databaseName: "guestbook",
      databaseUser: "guestbook",
      databasePassword: "pass word",
    });
  });

  test("takes a password file and a CA file", () => {
    const config = readConfig(
      { ...ENVIRONMENT, DATABASE_PASSWORD_FILE: "/other", DATABASE_CA: "/ca.pem" },
      readFile,
    );
    expect([config.databasePassword, config.databaseCa]).toEqual(["second", "PEM"]);
  });

  test("reports all problems at once", () => {
    const problems = problemsOf({ PORT: "70000", RELEASE: "a b" }).join("\n");
    for (const name of [
      "SERVER_NAME",
      "DATABASES",
      "DATABASE_NAME",
      "DATABASE_USER",
      "PORT",
      "RELEASE",
      "PASSWORD",
    ]) {
      expect(problems).toContain(name);
    }
  });

  test.each([
    [{ DATABASES: "db-01" }, "expected name=host:port"],
    [{ DATABASES: "db-01=a:1,db-01=b:1" }, "names db-01 more than once"],
    [{ DATABASES: "db-01=a:0" }, "port"],
    [{ DATABASES: "db-01=a:65536" }, "port"],
    [{ DATABASE_PASSWORD_FILE: "/empty" }, "is empty"],
    [{ DATABASE_PASSWORD_FILE: "/missing" }, "no such file"],
    [{ DATABASE_CA: "/missing" }, "no such file"],
    [{ DATABASE_NAME: "a`b" }, "DATABASE_NAME"],
  ])("refuses %j", (change, expected) => {
    const problems = problemsOf({ ...ENVIRONMENT, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});

describe("where to listen", () => {
  test.each([
    [{}, { host: "127.0.0.1", port: 3000 }],
    [
      { LISTEN_FDS: "1", LISTEN_PID: "7" },
      { host: "127.0.0.1", fd: 3 },
    ],
    [{ LISTEN_FDS: "1" }, { host: "127.0.0.1", fd: 3 }],
    [
      { LISTEN_FDS: "1", LISTEN_PID: "8" },
      { host: "127.0.0.1", port: 3000 },
    ],
  ])("with %j", (env, expected) => {
    expect(whereToListen(env, 7, 3000)).toEqual(expected);
  });
});

describe("html", () => {
  test("escapes every placeholder, in text and in attributes, but not nested markup", () => {
    const evil = `<script a="b" c='d'>&\0`;
    expect(html`<p title="${evil}">${evil}${html`<b>${1}</b>`}${[html`<i>`, evil]}</p>`.markup).toBe(
      `<p title="${ESCAPED}">${ESCAPED}<b>1</b><i>${ESCAPED}</p>`,
    );
  });

  test("renders undefined, null, false and empty values as nothing", () => {
    expect(html`[${undefined}${null}${false}${[]}${""}${0}]`.markup).toBe("[0]");
  });
});
const ESCAPED = "&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;\ufffd";

describe("what visitors type", () => {
  test.each([
    ["  Ann\u3000", " a\r\nb\rc ", "Ann", "a\nb\nc"],
    ["e\u0301", "😀".repeat(2000), "\u00e9", "😀".repeat(2000)],
    ["שלום", "مرحبا\tx", "שלום", "مرحبا\tx"],
    ["👩‍👩‍👧", "<b>", "👩‍👩‍👧", "<b>"],
    ["x".repeat(80), ".", "x".repeat(80), "."],
  ])("name %j with message %j is accepted", (name, message, tidyName, tidyMessage) => {
    expect(validateDraft({ name, message }).draft).toEqual({ name: tidyName, message: tidyMessage });
  });

  test.each([
    ["", /enter/],
    [" \n\u3000\u00a0 ", /enter/],
    ["\u200b\u200d\ufe0f", /nothing that can be seen/],
    ["\u3164", /nothing that can be seen/],
    ["\u2800", /nothing that can be seen/],
    ["\u2800 \u2800\u00a0\u2003\u200b", /nothing that can be seen/],
    ["a\0b", /control/],
    ["\u0007", /control/],
    ["a\u0085b", /control/],
    ["a\ud800b", /Unicode/],
    ["x".repeat(2001), /2001 characters/],
    ["😀".repeat(2001), /2001 characters/],
  ])("%j is refused", (text, expected) => {
    expect(validateDraft({ name: "Ann", message: text }).errors).toEqual({
      message: expect.stringMatching(expected),
    });
  });

  test("a name must be one line of at most 80 characters", () => {
    expect(validateDraft({ name: "a\nb", message: "m" }).errors?.name).toMatch(/control/);
    expect(validateDraft({ name: "é".repeat(81), message: "m" }).errors?.name).toMatch(/81 characters/);
  });
});

describe("GTID sets", () => {
  const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  test.each([
    [`${uuid}:23`],
    [`${uuid}:1-23:25`],
    [`${uuid}:1-3,${uuid.replace("3", "4")}:7`],
    [`${uuid}:blue:1-3:red_1:4`],
  ])("%s is valid", (text) => {
    expect(parseGtidSet(text)).toBe(text);
  });

  test("are joined into one line", () => {
    expect(parseGtidSet(`${uuid}:1,\n${uuid}:2`)).toBe(`${uuid}:1,${uuid}:2`);
  });

  test.each([
    [undefined],
    [""],
    [uuid],
    [`${uuid}:0`],
    [`${uuid}:1,`],
    [`${uuid}:1' OR 1`],
    [`${uuid}:99999999999999999999`],
    [`${uuid}:1${":2".repeat(600)}`],
    ["x".repeat(100_000)],
  ])("%j is not valid", (text) => {
    expect(parseGtidSet(text)).toBeUndefined();
  });

  test("are kept in a cookie that scripts and other sites cannot use", () => {
    const cookie = gtidCookie(`${uuid}:1-2,${uuid}:5`, true);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
    expect(gtidFromCookies(`a=b; ${cookie.split(";")[0]}; c=d`)).toBe(`${uuid}:1-2,${uuid}:5`);
    expect(gtidFromCookies("after_gtid=%zz")).toBeUndefined();
    expect(gtidFromCookies(undefined)).toBeUndefined();
    expect(gtidCookie(uuid, false)).not.toContain("Secure");
  });
});
