import { isIPv4 } from "node:net";
import type { CertificateRequest, Constraints } from "../model/certificate.ts";
import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import { type Role, varsOf } from "../model/role.ts";
import { CompileError } from "../util/errors.ts";

/**
 * The certificates that roles want on their hosts, one for each name. Throws CompileError for a name that is not
 * allowed, and if two roles want different certificates of the same name.
 */
export function requestsOf(
  pairs: readonly { readonly role: Role; readonly host: Host }[],
  inventory: Inventory,
): CertificateRequest[] {
  const seen = new Map<string, { request: CertificateRequest; owner: string }>();
  for (const { role, host } of pairs) {
    const owner = `role ${role.name} on ${host.name}`;
    for (const request of declaredBy(role, host, inventory)) {
      requireUsable(request, owner);
      const earlier = seen.get(request.name);
      if (earlier && namesOf(earlier.request) !== namesOf(request))
        throw new CompileError(
          `certificate ${request.name}: found that ${earlier.owner} wants it for ${namesOf(earlier.request)}, and ${owner} for ${namesOf(request)}; expected the same, or two certificates of different names`,
        );
      if (!earlier) seen.set(request.name, { request, owner });
    }
  }
  return [...seen.values()].map(({ request }) => request);
}

/** The certificates that a role declares for a host. */
export function declaredBy(role: Role, host: Host, inventory: Inventory): readonly CertificateRequest[] {
  if (!role.certificates) return [];
  const vars = varsOf(role, host, inventory.file);
  return role.certificates({ vars, host, inventory, hosts: (group) => hostsIn(inventory, group) });
}

/** What the CA of a site may issue certificates for. */
export function constraintsOf({ domain, publicAddress, hosts }: Inventory): Constraints {
  return { domain, addresses: [publicAddress, ...hosts.map(({ address }) => address)] };
}

// --- internal ---

/** Host names as TLS clients compare them: labels of lower-case letters, digits and hyphens. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

function requireUsable({ name, dns, addresses }: CertificateRequest, owner: string): void {
  const refuse = (found: string, expected: string) =>
    new CompileError(`${owner} asks for a certificate: found ${found}; expected ${expected}`);
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(name) || /^ca$|(^|\.)acme$/.test(name))
    throw refuse(
      `the name "${name}"`,
      'at most 64 lower-case letters, digits, dots and hyphens, but not "ca" or "acme", which are names of other files',
    );
  if (dns.length + addresses.length === 0)
    throw refuse(`${name} for nothing`, "at least one host name or address");
  for (const host of dns) if (!HOST_NAME.test(host)) throw refuse(`"${host}" in ${name}`, "a host name");
  for (const address of addresses)
    if (!isIPv4(address)) throw refuse(`"${address}" in ${name}`, "an IPv4 address");
}

function namesOf({ dns, addresses }: CertificateRequest): string {
  return [...new Set([...dns, ...addresses])].sort().join(", ");
}
