import { type Text, text } from "../../../engine/index.ts";

/** Finds the interface by its address, because its name differs between clouds, Vagrant boxes and the lab. */
export default (address: string): Text => text`
  #!/bin/sh
  # Written by Quintet (role keepalived); changes made here are overwritten.
  # Tells keepalived which interface has this machine's address. After a boot it waits for the address.
  set -eu
  tries=30
  until interface=$(ip -o -4 address show to ${address}/32 | awk '{ print $2; exit }') && [ -n "$interface" ]; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { echo "no interface holds ${address}" >&2; exit 1; }
      sleep 1
  done
  mkdir -p /run/keepalived
  echo "\$INTERFACE=$interface" >/run/keepalived/interface.conf
`;
