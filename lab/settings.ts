import { readFileSync, writeFileSync } from "node:fs";

/** Kernel settings the lab changes while it is up, by their files; `down` puts back what it found. */
export type Settings = Readonly<Record<string, string>>;

/** Gives the kernel what machines need, where this kernel has the setting. */
export function settle(): void {
  const more = Object.entries(AT_LEAST).filter(([file, value]) => Number(get(file)) < Number(value));
  applySettings({ ...WANTED, ...Object.fromEntries(more) });
}

/** Gives kernel settings these values, where this kernel has them. */
export function applySettings(settings: Settings): void {
  for (const [file, value] of Object.entries(settings)) {
    const now = get(file);
    if (now !== undefined && now !== value) writeFileSync(file, value);
  }
}

/** The present values of what the lab changes. */
export function settingsNow(): Settings {
  return Object.fromEntries(
    Object.keys({ ...WANTED, ...AT_LEAST }).flatMap((file) => {
      const value = get(file);
      return value === undefined ? [] : [[file, value]];
    }),
  );
}

// --- internal ---

const WANTED: Settings = {
  "/proc/sys/net/ipv4/ip_forward": "1",
  // With this on, traffic between machines would pass the box's own firewall, as Docker's boxes have one.
  "/proc/sys/net/bridge/bridge-nf-call-iptables": "0",
};

const AT_LEAST: Settings = {
  // Each systemd takes four or five; the kernel's own 128 for root's processes are used up by 27 machines.
  "/proc/sys/fs/inotify/max_user_instances": "4096",
};

function get(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
