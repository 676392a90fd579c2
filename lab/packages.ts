import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { attempt, run } from "./run.ts";

/** Commands, and the Debian package that brings each. */
export type Commands = Readonly<Record<string, string>>;

/** Where commands are looked for: administrators' commands are not in everybody's PATH. */
export const PATH: readonly string[] = [
  ...new Set([...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"].filter(Boolean)),
];

/** The Debian packages of those commands that are in none of the directories. */
export function missingPackages(commands: Commands, directories = PATH): string[] {
  const isHere = (command: string) => directories.some((directory) => existsSync(join(directory, command)));
  const missing = Object.entries(commands).filter(([command]) => !isHere(command));
  return [...new Set(missing.map(([, name]) => name))];
}

/** Whether this box installs Debian packages, and we may. */
export function canInstall(): boolean {
  return existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
}

/** Installs Debian packages on this box. `say` hears which. Throws FailedError with apt's own words. */
export async function installPackages(names: readonly string[], say: (line: string) => void): Promise<void> {
  say(`installing ${names.join(", ")} on this box`);
  const apt = run({ env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  await attempt(`apt-get install ${names.join(" ")}`, async () => {
    await apt`apt-get -q update`;
    await apt`apt-get -q install -y --no-install-recommends ${names}`;
  });
}
