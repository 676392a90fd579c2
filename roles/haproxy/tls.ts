import { type Certificate, file, type Resource, reload, verbatim } from "../../engine/index.ts";
import { bundle } from "../shared/certificates.ts";

/** Files: certificates with their keys, and the CA of the web servers. */
export const TLS = {
  site: "/etc/haproxy/tls/site.pem",
  host: "/etc/haproxy/tls/host.pem",
  authority: "/etc/haproxy/tls/authority.pem",
} as const;

/** The certificates by which HAProxy proves to be the site and this machine, and the CA that it verifies with. */
export function tlsFiles(site: Certificate, host: Certificate): Resource[] {
  const secret = { owner: "haproxy", mode: "0600", notify: reload("haproxy") } as const;
  return [
    file(TLS.site, { content: bundle(site), ...secret }),
    file(TLS.host, { content: bundle(host), ...secret }),
    file(TLS.authority, { content: verbatim(`${host.authority}\n`), notify: reload("haproxy") }),
  ];
}
