import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../engine/index.ts";
import { FROM_SID, packagesOfOthers, packagesToKeep } from "../../roles/mysql/packages.ts";
import { five } from "../helpers/role-context.ts";
import { scratch } from "../helpers/scratch.ts";

const home = process.cwd();
beforeEach(() => process.chdir(scratch()));
afterEach(() => process.chdir(home));

const VERSION = "9.7.1-1_amd64";

/** What db-02 asks; `versions` are those that databases have. */
function asks(versions: Readonly<Record<string, string>>) {
  const [host] = five.hosts.filter(({ name }) => name === "db-02");
  if (!host) throw new Error("the inventory has no db-02");
  const hosts = (group: string) => five.groups[group] ?? [];
  const fact = ((_: unknown, name: string) => versions[name]) as Context<unknown>["fact"];
  return { host, hosts, fact };
}

function keep(...files: readonly string[]): void {
  const folder = `.quintet/kept/mysql/${VERSION}`;
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(`${folder}/${file}`, file);
}

const installed = (versions: Readonly<Record<string, string>>) =>
  packagesOfOthers(asks(versions)).map(({ id }) => id);

describe("a database without MySQL", () => {
  test("gets the packages that the other one has, each after those that it needs", () => {
    keep(
      "mysql-server_9.7.1-1_amd64.deb",
      "mysql-server-core_9.7.1-1_amd64.deb",
      "libgcc-s1_1%3a16-2_amd64.deb",
      "gcc-16-base_16-2_amd64.deb",
    );
    const made = packagesOfOthers(asks({ "db-01": VERSION, "db-02": "" }));
    expect(made.map(({ id }) => id)).toEqual([
      ...["deb[gcc-16-base]", "deb[libgcc-s1]", "deb[mysql-server-core]", "deb[mysql-server]"],
    ]);
    const [, libgcc] = made;
    expect(libgcc?.expects?.[0]).toMatchObject({ is: "installed 1:16-2" });
  });

  test("gets the mirror's if no other one has any, or if nobody has kept them", () => {
    expect(installed({ "db-01": "", "db-02": "" })).toEqual([]);
    expect(installed({ "db-01": VERSION, "db-02": "" })).toEqual([]);
  });
});

test("a database with MySQL keeps its own packages", () => {
  keep("mysql-server_9.7.1-1_amd64.deb");
  expect(installed({ "db-01": VERSION, "db-02": "9.7.2-1_amd64" })).toEqual([]);
});

test("packages are asked for until they are kept", () => {
  const first = packagesToKeep(asks({ "db-02": "" }));
  expect(first.map(({ within }) => within)).toEqual(["mysql"]);
  for (const name of FROM_SID) expect(first[0]?.content.reveal()).toContain(name);
  expect(packagesToKeep(asks({ "db-02": VERSION }))).toHaveLength(1);
  keep("mysql-server_9.7.1-1_amd64.deb");
  expect(packagesToKeep(asks({ "db-02": VERSION }))).toEqual([]);
});
