import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSecrets } from "../../engine/run/secrets.ts";
import { readEnv } from "../../engine/util/env.ts";

function envFile(content?: string): string {
  const dir = mkdtempSync(join(tmpdir(), "quintet-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, ".env");
  if (content !== undefined) writeFileSync(file, content, { mode: 0o644 });
  return file;
}

const NAMES = { APP_PASSWORD: "the app's database password", REPLICATION_PASSWORD: "the replica's password" };

test("missing secrets are made at random, written for their owner only, and stay the same", () => {
  const file = envFile();
  const made = readSecrets(readEnv(file), NAMES);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toMatch(
    /^# the app's database password\nAPP_PASSWORD=[\w-]{32}\n# the replica's password\nREPLICATION_PASSWORD=[\w-]{32}\n$/,
  );
  const again = readSecrets(readEnv(file), NAMES);
  for (const [name, secret] of made) expect(again.get(name)?.reveal()).toBe(secret.reveal());
  expect(made.get("APP_PASSWORD")?.reveal()).not.toBe(made.get("REPLICATION_PASSWORD")?.reveal());
});

test("what is there is kept, what is missing is appended, and others lose their right to read it", () => {
  const file = envFile("# mine\nAPP_PASSWORD=correct-horse\nOTHER=1");
  const secrets = readSecrets(readEnv(file), NAMES);
  expect(secrets.get("APP_PASSWORD")?.reveal()).toBe("correct-horse");
  expect([...secrets.keys()]).toEqual(Object.keys(NAMES));
  expect(readFileSync(file, "utf8")).toMatch(
    /^# mine\nAPP_PASSWORD=correct-horse\nOTHER=1\n# the replica's password\nREPLICATION_PASSWORD=[\w-]{32}\n$/,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that has everything is not rewritten", () => {
  const content = 'APP_PASSWORD="correct-horse"\nREPLICATION_PASSWORD=battery-staple\n';
  const file = envFile(content);
  expect(readSecrets(readEnv(file), NAMES).get("APP_PASSWORD")?.reveal()).toBe("correct-horse");
  expect(readFileSync(file, "utf8")).toBe(content);
});

test("no file is made when no secret is asked for", () => {
  const file = envFile();
  expect(readSecrets(readEnv(file), {}).size).toBe(0);
  expect(() => statSync(file)).toThrow("ENOENT");
});

test.each([
  ["empty", "APP_PASSWORD=", "found no value"],
  ["short", "APP_PASSWORD=1234567", "found 7 characters"],
  ["long", `APP_PASSWORD=${"x".repeat(65)}`, "found 65 characters"],
  [
    "with a quote",
    'APP_PASSWORD="it\'s quoted"',
    "found a space, a quote, a backslash or a character beyond ASCII",
  ],
  [
    "with a double quote",
    "APP_PASSWORD='quo\"tedtoo'",
    "found a space, a quote, a backslash or a character beyond ASCII",
  ],
  [
    "with a backslash",
    "APP_PASSWORD=back\\slashes",
    "found a space, a quote, a backslash or a character beyond ASCII",
  ],
  [
    "beyond ASCII",
    "APP_PASSWORD=pässwörter",
    "found a space, a quote, a backslash or a character beyond ASCII",
  ],
])("a value that is %s is refused with file, name, meaning and cure, and is not shown", (_, line, found) => {
  const file = envFile(`${line}\n`);
  const refuse = () => readSecrets(readEnv(file), { APP_PASSWORD: "the app's database password" });
  expect(refuse).toThrow(
    `${file} › APP_PASSWORD (the app's database password): ${found}; expected 8 to 64 printable characters without quotes or backslashes; remove the line to get a random one`,
  );
  expect(refuse).toThrow(expect.objectContaining({ name: "UsageError", exitCode: 1 }));
  const value = line.split("=")[1]?.replaceAll(/^["']|["']$/g, "") ?? "";
  if (value !== "") expect(refuse).not.toThrow(value);
});
