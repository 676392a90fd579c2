/** Prints how a script is called. */
export function help(script: keyof typeof TEXTS): number {
  console.log(TEXTS[script]);
  return 0;
}

// --- internal ---

const TEXTS = {
  provision: `npm run provision -- [flags]      make the hosts what site.ts says; a second run changes nothing

  -i, --inventory FILE   hosts and groups (inventory/five.yaml)
  -l, --limit LIST       only these hosts, groups or globs; !NAME takes one away: web,!web-02
  -r, --role ROLE        only this role; may be given again
  -C, --check            the plan: look, change nothing; exit code 2 when something would change
  -D, --diff             show what changes in files
      --list             hosts and their roles, without connecting
      --program          print the program that each host would be sent, secrets masked
      --serial N         at most N hosts at a time
      --lock-wait S      wait S seconds for another run to end
      --timeout S        give up a host that says nothing for S seconds (1200)
      --json             events as lines of JSON
  -v, --verbose          also what is ok

Exit codes: 0 done or nothing to do, 1 wrong usage or inventory, 2 --check found changes, 3 a resource failed,
4 a host is unreachable, 5 another run holds the lock, 130 interrupted.`,
  smoke: `npm run smoke -- [flags]      ask the finished site what its roles promise

  -i, --inventory FILE   hosts and groups (inventory/five.yaml)
  -r, --role ROLE        only what this role promises; may be given again
      --gentle           leave out what takes a part of the site away for a moment
      --json             results as JSON`,
} as const;
