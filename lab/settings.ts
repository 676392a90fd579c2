import { readFileSync, writeFileSync } from "node:fs";

/** Kernel settings by their files in /proc. The lab changes some while it is up; `down` restores the old values. */
export type Settings = Readonly<Record<string, string>>;

/** Changes the kernel settings that the machines need. Skips settings that this kernel lacks. */
export function settle(): void {
  const more = Object.entries(AT_LEAST).filter(([file, value]) => Number(get(file)) < Number(value));
  applySettings({ ...WANTED, ...Object.fromEntries(more) });
}

/** Sets kernel settings to these values. Skips settings that this kernel lacks. */
export function applySettings(settings: Settings): void {
  for (const [file, value] of Object.entries(settings)) {
    const now = get(file);
    if (now !== undefined && now !== value) writeFileSync(file, value);
  }
}

/** The current values of the settings that the lab changes. */
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
  // If this is on, traffic between machines passes this box's own firewall. Docker turns it on and brings a firewall.
  "/proc/sys/net/bridge/bridge-nf-call-iptables": "0",
};

const AT_LEAST: Settings = {
  // Each machine's systemd takes four or five instances. The kernel's default of 128 for root lasts for 27 machines.
  "/proc/sys/fs/inotify/max_user_instances": "4096",
};

function get(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
