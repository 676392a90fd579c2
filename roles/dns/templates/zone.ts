import { createHash } from "node:crypto";
import { type Host, type Text, text } from "../../../engine/index.ts";

interface ZoneOptions {
  domain: string;
  publicAddress: string;
  ttl: number;
  servers: readonly Host[];
}

/** The zone: the names that visitors ask for, and the servers that answer. The machines' own names stay private. */
export default (options: ZoneOptions): Text => {
  const serial = serialOf(records(options, 0).reveal());
  return records(options, serial);
};

// --- internal ---

function records({ domain, publicAddress, ttl, servers }: ZoneOptions, serial: number): Text {
  return text`
    ; Written by Quintet (role dns); changes made here are overwritten.
    $ORIGIN ${domain}.
    $TTL ${ttl}

    @       IN SOA  ns1 hostmaster ${serial} 3600 600 604800 ${ttl}
    ${servers.map((_, index) => `@       IN NS   ns${index + 1}`)}
    @       IN A    ${publicAddress}
    www     IN A    ${publicAddress}
    ${servers.map(({ address }, index) => `${`ns${index + 1}`.padEnd(7)} IN A    ${address}`)}
  `;
}

/**
 * A hash of the content: the same on every server, and the same again if nothing has changed. It does not have to grow,
 * because every server gets the file itself and none transfers the zone from another.
 */
function serialOf(content: string): number {
  return (createHash("sha256").update(content).digest().readUInt32BE() >>> 1) + 1;
}
