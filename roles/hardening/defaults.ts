import { directory, file, line, type Resource, text } from "../../engine/index.ts";

/** Closes what Debian leaves open for machines of every kind: unused protocols and buses, new accounts, greetings. */
export function defaults(): Resource[] {
  const greeting = text`
    Private system: restricted to those whom its owner has authorized. Use is logged, any other access is prohibited.
  `;
  return [
    file("/etc/modprobe.d/quintet.conf", {
      content: text`
        # Written by Quintet (role hardening); changes made here are overwritten.
        ${UNUSED.map((name) => `install ${name} /bin/true`)}
      `,
    }),
    ...Object.entries(ACCOUNTS).map(([name, value]) =>
      line(`${name} ${value}`, { file: "/etc/login.defs", instead: `^#? *${name}[ \t]` }),
    ),
    // A core dump would hold the secrets of a process.
    file("/etc/security/limits.d/quintet.conf", {
      content: text`
        * - core 0
        root - core 0
      `,
    }),
    file("/etc/systemd/coredump.conf.d/quintet.conf", {
      content: text`
        [Coredump]
        Storage=none
        ProcessSizeMax=0
      `,
    }),
    // A shell that nobody types into ends after so many seconds.
    file("/etc/profile.d/quintet.sh", {
      content: text`
        TMOUT=3600
        readonly TMOUT
        export TMOUT
      `,
    }),
    directory("/etc/cron.daily", { mode: "0700" }),
    file("/etc/issue", { content: greeting }),
    file("/etc/issue.net", { content: greeting }),
  ];
}

// --- internal ---

const UNUSED = ["dccp", "sctp", "rds", "tipc", "usb-storage", "firewire-ohci", "firewire-sbp2"];

/** For accounts that are made later; see login.defs(5). PASS_* in days; *_FACTOR and *_ROUNDS for the hash. */
const ACCOUNTS = {
  UMASK: "027",
  PASS_MAX_DAYS: "365",
  PASS_MIN_DAYS: "1",
  YESCRYPT_COST_FACTOR: "8",
  SHA_CRYPT_MIN_ROUNDS: "65536",
  FAILLOG_ENAB: "yes",
} as const;
