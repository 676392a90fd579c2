/**
 * File that says 1 while systemd knows that HAProxy does not run. keepalived hears of it at once. That it is missing says
 * nothing: whether HAProxy is well is found out by asking it.
 */
export const HAPROXY_GONE = "/run/quintet-haproxy-gone";
