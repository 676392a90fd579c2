import { spawnSync } from "node:child_process";

/**
 * A page in which every block of `console` has been run: the output of each line with a prompt is what it prints now.
 * Throws an Error if a command is not there.
 */
export function recorded(page: string, today: string, say: (command: string) => void): string {
  return page
    .replaceAll(/^```console\n([\s\S]*?)^```$/gm, (_, block: string) => {
      const outputs = commandsIn(block).map((command) => {
        say(command);
        return `$ ${command}\n${outputOf(command)}`;
      });
      return `\`\`\`console\n${outputs.join("")}\`\`\``;
    })
    .replace(DATE, `<!-- recorded on -->${today}<!-- -->`);
}

/** The commands of a block: each begins behind a prompt, and goes on while the shell wants more of it. */
export function commandsIn(block: string): string[] {
  const lines = block.split("\n");
  return lines.flatMap((line, at) => {
    if (!line.startsWith("$ ")) return [];
    let command = line.slice(2);
    for (let next = at + 1; next < lines.length && !isWhole(command); next++) command += `\n${lines[next]}`;
    return [command];
  });
}

// --- internal ---

const DATE = /<!-- recorded on -->.*?<!-- -->/;

function isWhole(command: string): boolean {
  return !command.endsWith("\\") && spawnSync("bash", ["-n", "-c", command]).status === 0;
}

/** Without what npm says of itself, and without a terminal's returns; of what fails, too, since some are to fail. */
function outputOf(command: string): string {
  const env = { ...process.env, npm_config_loglevel: "silent", FORCE_COLOR: "0" };
  const { stdout, status } = spawnSync("bash", ["-c", `{ ${command}\n} 2>&1`], {
    encoding: "utf8",
    env,
    timeout: 120_000,
    maxBuffer: 2 ** 24,
  });
  // So says a shell: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, 2.8.2
  if (status === 127)
    throw new Error(
      `${stdout.trim()}\n  expected: it is here, since docs/infrastructure.md uses it\n  Install it, then try again; the page is as it was.`,
    );
  const lines = stdout
    .replaceAll("\r", "")
    .split("\n")
    .map((line) => line.trimEnd());
  return `${lines.join("\n").replace(/^\n+|\n+$/g, "")}\n`;
}
