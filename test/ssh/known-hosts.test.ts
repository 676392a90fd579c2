import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KnownHosts, knownName } from "../../engine/ssh/known-hosts.ts";
import { scratch } from "../helpers/scratch.ts";

/** A public key in SSH's binary format: its type, then the rest. */
function key(type: string, rest: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(rest)]);
}

const first = key("ssh-ed25519", "first");
const second = key("ssh-ed25519", "second");

test("a host is recorded at the first connection, then accepted with the same key, and refused with another one", () => {
  const known = new KnownHosts(join(scratch(), "deep/known_hosts"));
  expect([
    known.accepts("10.0.0.1", first),
    known.accepts("10.0.0.1", first),
    known.accepts("10.0.0.1", second),
  ]).toEqual([true, true, false]);
  expect(readFileSync(known.file, "utf8")).toBe(`10.0.0.1 ssh-ed25519 ${first.toString("base64")}\n`);
  expect(statSync(known.file).mode & 0o777).toBe(0o600);
  expect(known.typesOf("10.0.0.1")).toEqual(["ssh-ed25519"]);
});

test("a host is not confused with another one whose name begins the same", () => {
  const known = new KnownHosts(join(scratch(), "known_hosts"));
  known.accepts("10.0.0.11", first);
  expect(known.typesOf("10.0.0.1")).toEqual([]);
  expect(known.accepts("10.0.0.1", second)).toBe(true);
});

test("one host can be forgotten, and the others stay", () => {
  const known = new KnownHosts(join(scratch(), "known_hosts"));
  known.accepts("10.0.0.1", first);
  known.accepts("10.0.0.2", second);
  expect([known.forget("10.0.0.1"), known.forget("10.0.0.1")]).toEqual([true, false]);
  expect([known.accepts("10.0.0.1", second), known.accepts("10.0.0.2", first)]).toEqual([true, false]);
});

test("before the first host nothing is known, and no file is made", () => {
  const known = new KnownHosts(join(scratch(), "known_hosts"));
  expect([known.typesOf("10.0.0.1"), known.forget("10.0.0.1")]).toEqual([[], false]);
  expect(() => statSync(known.file)).toThrow("ENOENT");
});

test.each([
  ["10.0.0.1", 22, "10.0.0.1"],
  ["10.0.0.1", 2222, "[10.0.0.1]:2222"],
])("%s with port %i is known as %s", (address, port, name) => {
  expect(knownName(address, port)).toBe(name);
});
