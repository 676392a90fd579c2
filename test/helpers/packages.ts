import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../../engine/util/hash.ts";
import type { Sandbox } from "./sandbox.ts";

/** Whether Debian's package tools are here. */
export const hasApt = ["apt-get", "dpkg-deb"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

/** An empty package: `version` is 1 without it, `fields` are more lines of its control file. */
export interface Package {
  readonly name: string;
  readonly version?: string;
  readonly fields?: readonly string[];
  /** Scripts by their names: `postinst`. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/**
 * Gives a sandbox a package database of its own, which is empty, and a repository with these packages. Returns shell for
 * `before` of `runProgram`: with it, a program's apt and dpkg are the real ones and touch nothing of this computer.
 */
export function withPackages(box: Sandbox, packages: readonly Package[]): string {
  const at = (...names: string[]) => join(box.host, "packages", ...names);
  for (const folder of ["repository", "dpkg/info", "dpkg/updates", "cache/archives/partial", "log/apt"])
    mkdirSync(at(folder), { recursive: true });
  for (const folder of ["lists/partial", "mirrors/partial", "periodic"])
    mkdirSync(join(box.lib, "../apt", folder), { recursive: true });
  for (const folder of ["apt.conf.d", "preferences.d", "sources.list.d", "trusted.gpg.d"])
    mkdirSync(join(box.etc, "apt", folder), { recursive: true });
  writeFileSync(at("dpkg/status"), "");
  writeFileSync(join(box.etc, "apt/sources.list"), `deb [trusted=yes] file:${at("repository")} ./\n`);
  writeFileSync(at("repository/Packages"), "");
  for (const one of packages) add(box, one);
  return `
    mount --bind ${at("dpkg")} /var/lib/dpkg
    mount --bind ${at("cache")} /var/cache/apt
    mount --bind ${at("log")} /var/log`;
}

/** What dpkg says of a sandbox's packages: `chrony installed 4.6`. */
export function packagesOf(box: Sandbox): string[] {
  const status = readFileSync(join(box.host, "packages/dpkg/status"), "utf8");
  const said = (stanza: string, field: string) => new RegExp(`^${field}: (.*)$`, "m").exec(stanza)?.[1];
  return status
    .split("\n\n")
    .filter((stanza) => stanza.trim() !== "")
    .map(
      (stanza) =>
        `${said(stanza, "Package")} ${said(stanza, "Status")?.split(" ")[2]} ${said(stanza, "Version")}`,
    )
    .sort();
}

// --- internal ---

function add(box: Sandbox, { name, version = "1", fields = [], scripts = {} }: Package): void {
  const repository = join(box.host, "packages/repository");
  const made = join(repository, `${name}_${version}`);
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: all",
    "Maintainer: nobody <root@localhost>",
    ...fields,
    "Description: for tests",
  ].join("\n");
  mkdirSync(join(made, "DEBIAN"), { recursive: true, mode: 0o755 });
  writeFileSync(join(made, "DEBIAN/control"), `${control}\n`);
  for (const [script, body] of Object.entries(scripts))
    writeFileSync(join(made, "DEBIAN", script), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const deb = `${made}.deb`;
  execFileSync("dpkg-deb", ["--build", made, deb], { stdio: "pipe" });
  const sha256 = sha256Of(readFileSync(deb));
  const where = `Filename: ./${name}_${version}.deb\nSize: ${statSync(deb).size}\nSHA256: ${sha256}`;
  appendFileSync(join(repository, "Packages"), `${control}\n${where}\n\n`);
}
