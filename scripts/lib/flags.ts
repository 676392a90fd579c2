import type { Flag } from "./command.ts";

/** The inventory that is used when -i names no other. */
export const DEFAULT_INVENTORY = "inventory/five.yaml";

// What several commands have.

export const INVENTORY = {
  flags: "-i, --inventory <file>",
  help: "hosts and groups",
  default: DEFAULT_INVENTORY,
  values: "files",
} as const satisfies Flag;

export const LIMIT = {
  flags: "-l, --limit <list>",
  help: "only these hosts, groups or globs, separated by commas; ! takes one away: web,!web-02",
  values: "limit",
} as const satisfies Flag;

export const ROLE = {
  flags: "-r, --role <role>",
  help: "only this role; several with commas, or given again",
  list: true,
  values: "roles",
} as const satisfies Flag;

export const GENTLE = {
  flags: "--gentle",
  help: "leave out the smoke tests that take a part of the site away for a moment",
} as const satisfies Flag;

/** The exit codes of runs. */
export const EXIT_CODES = {
  0: "done, or nothing to do",
  1: "wrong usage or inventory",
  2: "--check found changes",
  3: "a resource or a smoke test failed, or a run was refused",
  4: "a host is unreachable",
  5: "another run holds the lock",
  130: "interrupted",
} as const;
