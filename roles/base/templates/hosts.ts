import { type Inventory, text } from "../../../engine/index.ts";

/**
 * All of /etc/hosts, without Vagrant's `127.0.2.1 NAME`: in a cluster no machine may take its own name for loopback.
 */
export default ({ inventory }: { inventory: Inventory }) => text`
  127.0.0.1 localhost
  ::1 localhost ip6-localhost ip6-loopback

  ${inventory.hosts.map(({ name, address }) => `${address} ${name}.${inventory.domain} ${name}`)}
  ${inventory.publicAddress} www.${inventory.domain} ${inventory.domain}
`;
