import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { attempt, run } from "./run.ts";

/** Commands, and the Debian package of each. */
export type Commands = Readonly<Record<string, string>>;

/** Where commands are searched. /usr/sbin and /sbin are added, because not everybody's PATH has them. */
export const PATH: readonly string[] = [
  ...new Set([...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"].filter(Boolean)),
];

/** The Debian packages of the commands that are in none of the directories. */
export function missingPackages(commands: Commands, directories = PATH): string[] {
  const isHere = (command: string) => directories.some((directory) => existsSync(join(directory, command)));
  const missing = Object.entries(commands).filter(([command]) => !isHere(command));
  return [...new Set(missing.map(([, name]) => name))];
}

/** Whether we can install Debian packages here: apt-get exists, and we are root. */
export function canInstall(): boolean {
  return existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
}

/** Installs Debian packages on this box. `say` gets their names. Throws a FailedError with apt's own message. */
export async function installPackages(names: readonly string[], say: (line: string) => void): Promise<void> {
  say(`installing ${names.join(", ")} on this box`);
  const apt = run({ env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  await attempt(`apt-get install ${names.join(" ")}`, async () => {
    await apt`apt-get -q update`;
    await apt`apt-get -q install -y --no-install-recommends ${names}`;
  });
}
