import { type Context, type Probe, type SmokeTest, sh } from "../../engine/index.ts";

/** Smoke tests of the machines themselves. */
export function smokeTests({ inventory }: Context<unknown>): SmokeTest[] {
  const everywhere = async (
    probe: Probe,
    check: (found: string) => string | undefined,
    ask: typeof EFFECTIVE,
  ) => {
    const said = await Promise.all(
      inventory.hosts.map(async (host) => {
        const line = check((await probe.run(host, ask)).trim());
        return line === undefined ? [] : [`${host.name} ${line}`];
      }),
    );
    return said.flat();
  };
  return [
    {
      name: "SSH takes keys alone, and nobody as root",
      run: async (probe) => {
        const wrong = await everywhere(probe, (found) => (found === WANTED ? undefined : found), EFFECTIVE);
        if (wrong.length === 0) return `${inventory.hosts.length} machines`;
        throw new Error(`found ${wrong.join("; ")}: a file in /etc/ssh/sshd_config.d comes before ours`);
      },
    },
    {
      name: "no program runs that an update has replaced",
      run: async (probe) => {
        const due = await everywhere(probe, (found) => found.replaceAll("\n", ", ") || undefined, REPLACED);
        return due.length === 0 ? `${inventory.hosts.length} machines` : `restart due: ${due.join("; ")}`;
      },
    },
  ];
}

// --- internal ---

const WANTED = "permitrootlogin no, passwordauthentication no, kbdinteractiveauthentication no";

const EFFECTIVE = sh`
  for setting in ${WANTED.split(", ").map((setting) => setting.split(" ")[0] ?? "")}; do
    sshd -T 2>/dev/null | grep "^$setting "
  done | paste -sd, | sed 's/,/, /g'`;

/** Units with a process that still uses a file of a package which is deleted by now. */
const REPLACED = sh`
  grep -lE ' /usr/[^ ]+ \(deleted\)$' /proc/[0-9]*/maps 2>/dev/null | while IFS=/ read -r _ _ pid _; do
    sed -n 's,.*/\([^/]*\.service\)$,\1,p' "/proc/$pid/cgroup" 2>/dev/null
  done | sort -u`;
