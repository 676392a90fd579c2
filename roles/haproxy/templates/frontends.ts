import { type Text, text } from "../../../engine/index.ts";
import type { HaproxyOptions } from "./options.ts";

/**
 * What visitors reach: port 443 with the site, and port 80, which leads there. The site has one name and one scheme. Both
 * ports count what each address does in the same tables, but have connections of their own.
 */
export function frontends(options: HaproxyOptions, connections: { site: number; plain: number }): Text {
  const { domain, publicAddress, certificates, challenge } = options;
  const proof = `http-request return status 200 content-type text/plain hdr X-Content-Type-Options nosniff lf-string "%[path,field(-1,/)].${challenge}" if { path_beg /.well-known/acme-challenge/ }`;
  return text`
    frontend plain
        maxconn ${connections.plain}
        bind ${publicAddress}:80
        timeout http-keep-alive 1s
        ${limits(options)}
        ${names(domain)}
        ${challenge !== undefined && proof}
        http-request redirect prefix https://www.${domain} code 301

    frontend site
        maxconn ${connections.site}
        bind ${publicAddress}:443 ssl crt ${certificates.site} alpn h2,http/1.1
        # While HAProxy reloads, a client may just be sending a request on an idle connection. It gets an answer.
        option idle-close-on-response
        http-after-response set-header Strict-Transport-Security max-age=63072000
        ${limits(options)}
        ${changes(options)}
        # The application takes 16 KiB. What is more is answered here, by its own status.
        http-request return status 431 content-type text/plain string "The headers of this request are too large: expected at most 15 KiB in 100 headers." if { req.hdrs,length gt 15360 } or { req.fhdr_cnt gt 100 }
        ${names(domain)}
        http-request redirect prefix https://www.${domain} code 301 if { req.hdr(host),host_only -i ${domain} }
        # A body that comes slowly takes no web server's time: what fits into a buffer is waited for here.
        http-request wait-for-body time 10s unless METH_GET
        option http-restrict-req-hdr-names delete
        # What a client says about its own address is not trusted, nor is the number that it gives its request.
        http-request del-header X-Forwarded-For
        http-request del-header Forwarded
        http-request del-header X-Request-ID
        http-request del-header Proxy
        option forwardfor
        http-request set-header X-Forwarded-Proto https
        unique-id-format %[uuid()]
        unique-id-header X-Request-ID
        http-response set-header X-Request-ID %[unique-id]
        http-response del-header Server
        default_backend web

    # What each client address does: connections and requests, requests that are open, and requests that change something.
    backend addresses
        stick-table type ipv6 size 100k expire 60s store conn_cur,http_req_rate(10s),gpc0_rate(60s)
    backend open-requests
        stick-table type ipv6 size 100k expire 60s store conn_cur
    backend changes
        stick-table type ipv6 size 100k expire 60s store conn_cur,http_req_rate(60s)
  `;
}

// --- internal ---

/** Limits of both ports for each client address. Connections beyond them are closed, requests are told when to come back. */
function limits(options: HaproxyOptions): Text {
  const { connectionsPerAddress, requestsPer10Seconds, openRequestsPerAddress } = options;
  return text`
    tcp-request connection track-sc0 src table addresses
    tcp-request connection reject if { sc_conn_cur(0) gt ${connectionsPerAddress} }${unlessExempt(options)}
    http-request track-sc1 src table open-requests
    ${refused(`{ sc_http_req_rate(0) gt ${requestsPer10Seconds} }${unlessExempt(options)}`, 10)}
    ${refused(`{ sc_conn_cur(1) gt ${openRequestsPerAddress} }${unlessExempt(options)}`, 1)}
  `;
}

/** Limits of the requests that may change something. */
function changes(options: HaproxyOptions): Text {
  const { openChangesPerAddress, changesPerMinute } = options;
  return text`
    http-request track-sc2 src table changes unless METH_GET
    ${refused(`{ sc_conn_cur(2) gt ${openChangesPerAddress} }${unlessExempt(options)}`, 1)}
    ${refused(`{ sc_http_req_rate(2) gt ${changesPerMinute} }${unlessExempt(options)}`, 60)}
  `;
}

/** Refuses requests, with a line in the log for each of an address's first five in a minute. */
function refused(condition: string, seconds: number): string[] {
  return [
    `http-request sc-inc-gpc0(0) if ${condition}`,
    `http-request set-log-level silent if ${condition} { sc_gpc0_rate(0) gt 5 }`,
    `http-request deny deny_status 429 hdr Retry-After ${seconds} if ${condition}`,
  ];
}

const unlessExempt = ({ exempt }: HaproxyOptions) =>
  exempt.length > 0 ? ` !{ src ${exempt.join(" ")} }` : "";

/** Refuses requests for other sites: who asks for them here was led astray, or tries what happens. */
function names(domain: string): string {
  return `http-request return status 421 content-type text/plain string "This server knows https://www.${domain} only." unless { req.hdr(host),host_only -i www.${domain} ${domain} }`;
}
