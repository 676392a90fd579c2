/**
 * File that is there while a machine is closed, because its firewall's rules could not be loaded at boot. What others would
 * rely on must not run then: keepalived would take the public address to a machine that nobody reaches.
 */
export const CLOSED = "/run/quintet-closed";

/** What a change of the firewall's rules may bring: an answer of other machines. A name of `Pending.on`. */
export const REACH = "reach of other machines";
