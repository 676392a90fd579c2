import type { Host } from "../model/inventory/index.ts";

/** How long a host may be silent, in milliseconds: as long as its inventory says, and at least so many seconds. */
export const patienceOf = ({ ssh }: Host, least: number): number => 1000 * Math.max(ssh.patience ?? 0, least);
