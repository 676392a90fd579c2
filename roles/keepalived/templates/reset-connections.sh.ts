import { type Text, text } from "../../../engine/index.ts";

/**
 * Ends the connections to the public address that are left on a machine which has lost it. Their visitors wait for
 * answers that can no longer come; a reset makes them try again where the address is now. `seconds` is how long the next
 * balancer takes at most: who comes back before that would find nobody.
 */
export default (address: string, seconds: number): Text => text`
  #!/bin/sh
  # Written by Quintet (role keepalived); changes made here are overwritten.
  # Started by keepalived when this machine does not have the public address any more.
  set -u
  left() { ss --no-header --tcp --numeric "$@" state connected exclude time-wait src ${address}; }
  [ -n "$(left)" ] || exit 0
  exec 9>/run/keepalived/reset.lock
  flock -n 9 || exit 0
  sleep ${seconds}
  [ -z "$(ip -o -4 address show to ${address}/32 scope global)" ] || exit 0

  # A reset must come from the address, and the kernel sends nothing from one that it does not have. So it has it again
  # for a moment, on lo and without the route that would take packets or answer ARP for it.
  trap 'ip address del ${address}/32 dev lo 2>/dev/null' EXIT HUP INT TERM
  printf '%s\n' 'address add ${address}/32 dev lo scope host' 'route del local ${address} dev lo table local' |
      ip -batch - || exit 1
  left --kill >/dev/null
`;
