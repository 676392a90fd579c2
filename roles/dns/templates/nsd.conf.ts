import { type Text, text } from "../../../engine/index.ts";

interface NsdOptions {
  domain: string;
  zoneFile: string;
  addresses: readonly string[];
  queriesPerSecond: number;
}

/** Configuration of NSD: one zone, no transfers, no recursion (NSD has none). */
export default ({ domain, zoneFile, addresses, queriesPerSecond }: NsdOptions): Text => text`
  # Written by Quintet (role dns); changes made here are overwritten.

  server:
      ${addresses.map((address) => `ip-address: ${address}`)}
      # The public address is here only while this machine is the active balancer.
      ip-freebind: yes
      do-ip6: no

      log-only-syslog: yes
      hide-version: yes
      hide-identity: yes
      minimal-responses: yes
      refuse-any: yes
      rrl-ratelimit: ${queriesPerSecond}
      rrl-whitelist-ratelimit: ${queriesPerSecond * 10}

  remote-control:
      control-enable: no

  zone:
      name: ${domain}
      zonefile: ${zoneFile}
`;
