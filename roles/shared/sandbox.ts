import { type Text, text } from "../../engine/index.ts";

export interface Sandbox {
  /** Capabilities that the service may have, by their names in Linux. This is a limit: it grants none. */
  capabilities?: readonly string[];
  /** Directories that it may write to, beside /tmp and those that systemd makes for it. With a dash: it may be missing. */
  writes?: readonly string[];
  /** Socket families beside AF_INET, AF_INET6 and AF_UNIX. */
  families?: readonly string[];
  /** Groups of system calls that it may not make. @default @privileged and @resources */
  without?: readonly string[];
  /** It compiles code as it runs, so memory may be both writable and executable. */
  compiles?: boolean;
  /** It reads more of /proc than the directories of processes. */
  readsKernel?: boolean;
  /** It sees the processes of others. */
  seesProcesses?: boolean;
}

/**
 * Lines for a unit's [Service] section that take from a service what it does not need. See systemd.exec(5).
 * `systemd-analyze security` says what is left.
 */
export function sandbox({ capabilities = [], writes = [], families = [], ...options }: Sandbox = {}): Text {
  const {
    without = ["@privileged", "@resources"],
    compiles = false,
    readsKernel = false,
    seesProcesses = false,
  } = options;
  return text`
    NoNewPrivileges=yes
    CapabilityBoundingSet=${capabilities.join(" ")}
    PrivateTmp=yes
    PrivateDevices=yes
    PrivateIPC=yes
    ${capabilities.length === 0 && "PrivateUsers=yes"}
    ProtectSystem=strict
    ${writes.length > 0 && `ReadWritePaths=${writes.join(" ")}`}
    ProtectHome=yes
    ProtectHostname=yes
    ProtectClock=yes
    ProtectKernelTunables=yes
    ProtectKernelModules=yes
    ProtectKernelLogs=yes
    ProtectControlGroups=yes
    ProtectProc=${seesProcesses ? "default" : "invisible"}
    ${!readsKernel && "ProcSubset=pid"}
    RestrictAddressFamilies=${["AF_INET", "AF_INET6", "AF_UNIX", ...families].join(" ")}
    RestrictNamespaces=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes
    LockPersonality=yes
    ${!compiles && "MemoryDenyWriteExecute=yes"}
    RemoveIPC=yes
    UMask=0077
    LimitCORE=0
    KeyringMode=private
    SystemCallArchitectures=native
    SystemCallFilter=@system-service
    ${without.length > 0 && `SystemCallFilter=~${without.join(" ")}`}
    SystemCallErrorNumber=EPERM
  `;
}
