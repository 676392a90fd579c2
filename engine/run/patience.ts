import type { Host } from "../model/inventory/index.ts";

/** How long a host may be silent, in milliseconds: as long as its inventory says, and at least so many seconds. */
export const patienceOf = ({ ssh }: Host, least: number): number => 1000 * Math.max(ssh.patience ?? 0, least);

/** The same for a host that works at a resource: apt says nothing for minutes. 20 minutes unless its inventory says more. */
export const workPatienceOf = (host: Host): number => 60 * patienceOf(host, 20);
