import { createHash } from "node:crypto";
import { type Host, type Text, text } from "../../../engine/index.ts";

interface ZoneOptions {
  domain: string;
  publicAddress: string;
  ttl: number;
  servers: readonly Host[];
}

/** The zone: what visitors ask for and who answers for it. The machines' own names stay private. */
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
 * Every server is written to directly and none transfers the zone from another, so the serial does not have to grow. It
 * is a hash of the content: the same on every server, and the same again when nothing has changed.
 */
function serialOf(content: string): number {
  return (createHash("sha256").update(content).digest().readUInt32BE() >>> 1) + 1;
}
