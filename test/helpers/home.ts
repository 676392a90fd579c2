import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A separate home directory with these files. It works also for programs that look up the home directory in the user
 * database, as OpenSSH does. Needs root.
 */
export class Home {
  readonly directory = mkdtempSync(join(tmpdir(), "quintet-home-"));

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.path(".ssh"), { mode: 0o700 });
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    const accounts = readFileSync("/etc/passwd", "utf8");
    this.write("passwd", accounts.replace(/^(root:.*):[^:\n]*:/m, `$1:${this.directory}:`));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string): string {
    writeFileSync(this.path(name), content, { mode: 0o600 });
    return this.path(name);
  }

  /** The command line that runs a command with this home. `before` is shell that runs first, in its mount namespace. */
  command(argv: readonly string[], before = ":"): string[] {
    const enter = `mount --bind "$0" /etc/passwd && chmod 0644 /etc/passwd && ${before} && exec "$@"`;
    return ["unshare", "--mount", "sh", "-c", enter, this.path("passwd"), ...argv];
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, HOME: this.directory, SSH_AUTH_SOCK: "" };
  }
}
