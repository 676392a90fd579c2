import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../scripts/lib/commands.ts";
import { completionFor } from "../../scripts/lib/completion.ts";
import { scratch } from "../helpers/scratch.ts";

const NAMES = { hosts: ["web-01", "db-01", "db-02"], groups: ["database"], roles: ["nginx", "mysql"] };

/** Programs that source a completion ($1), complete a line ($2), and print what is offered, a line each. */
const ASK = {
  bash: `source "$1"
    COMP_LINE=$2 COMP_POINT=\${#2}
    read -ra COMP_WORDS <<<"$2"
    [[ $2 != *' ' ]] || COMP_WORDS+=("")
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _quintet
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // compadd leaves out what does not fit; here it shows what it is given.
  zsh: `compdef() { : }; _default() { : }; typeset -A _comps; source "$1"
    compadd() { print -rl -- \${(M)\${@:2}:#\${words[CURRENT]}*} }
    _files() { print inventory/ }
    words=(\${(z)2}); [[ $2 != *' ' ]] || words+=(''); CURRENT=$#words
    _quintet`,
  // Without fish's own completion of npm, which offers the scripts of package.json everywhere.
  fish: `set -g fish_complete_path; source "$argv[1]"; complete -C "$argv[2]" | string replace -r '\\t.*' ''`,
} as const;

const isHere = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

describe.each(["bash", "zsh", "fish"] as const)("completion for %s", (shell) => {
  const complete = (line: string, cwd = process.cwd()) => {
    const file = join(scratch(), "completion");
    writeFileSync(file, completionFor(shell, COMMANDS, NAMES));
    const first = shell === "fish" ? [] : [shell];
    const run = [...(shell === "zsh" ? ["-f"] : []), "-c", ASK[shell], ...first, file, line];
    const { stdout, stderr } = spawnSync(shell, run, { encoding: "utf8", cwd });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean).sort();
  };

  test.skipIf(!isHere(shell)).each([
    ["npm run prov", ["provision"]],
    ["npm run provision -- --l", ["--limit", "--list", "--lock-wait"]],
    ["npm run provision -- --check --limit d", ["database", "db-01", "db-02"]],
    ["npm run provision -- -r ", ["mysql", "nginx"]],
    ["npm run ssh -- d", ["db-01", "db-02"]],
    ["npm run lab -- st", ["start", "status", "stop"]],
    ["npm run guestbook -- h", ["hide"]],
    ["npm run audit -- --only l", ["logins", "lynis"]],
    ["npm run test:proofs -- k", ["killed"]],
    ["npm test -- u", ["unit"]],
  ])("%s", (line, offered) => {
    expect(complete(line)).toEqual(offered);
  });

  test.skipIf(!isHere(shell))("says nothing in other projects", () => {
    expect(complete("npm run provision -- --l", "/")).toEqual([]);
  });
});

test("a shell that there is none for is refused", () => {
  expect(() => completionFor("tcsh", COMMANDS, NAMES)).toThrow('found "tcsh"; expected bash, zsh, fish');
});
