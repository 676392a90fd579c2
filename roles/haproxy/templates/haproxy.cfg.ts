import { type Host, type Text, text } from "../../../engine/index.ts";
import { hostName } from "../../shared/certificates.ts";

interface HaproxyOptions {
  domain: string;
  publicAddress: string;
  address: string;
  servers: readonly (Host & { readonly port: number })[];
  balance: string;
  connections: number;
  serverConnections: number;
  statsPort: number;
  checkSeconds: number;
  stopAfter: number;
  requestsPer10Seconds: number;
  connectionsPerAddress: number;
  exempt: readonly string[];
  /** If an ACME server issues the site's certificate: the answer to its challenges, without the token. */
  challenge?: string | undefined;
  /** Files: certificates with their keys, and the CA of the web servers. */
  certificates: { readonly site: string; readonly host: string; readonly authority: string };
}

/** The whole configuration of HAProxy. */
export default (options: HaproxyOptions): Text => text`
  # Written by Quintet (role haproxy); changes made here are overwritten.

  global
      log /dev/log local0
      stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
      maxconn ${options.connections}
      # After a reload old connections may go on for so long. Then they are cut.
      hard-stop-after ${options.stopAfter}s
      # If headers do not fit, no rule sees them: HAProxy resets the HTTP/2 stream, without an answer. So more is read than
      # is allowed: twice HAProxy's default, which a busy connection then holds of the machine's memory.
      tune.bufsize 32768
      tune.http.maxhdr 1000
      ${tls()}

  ${defaults(options)}

  ${elsewhere(options)}

  ${site(options)}

  ${web(options)}

  # For the private network: /stats for people, /metrics for Prometheus, /health for keepalived.
  frontend private
      bind ${options.address}:${options.statsPort} ssl crt ${options.certificates.host}
      bind 127.0.0.1:${options.statsPort}
      monitor-uri /health
      option dontlog-normal
      http-request use-service prometheus-exporter if { path /metrics }
      stats enable
      stats uri /stats
      stats refresh 5s
      stats show-legends
      stats hide-version
`;

// --- internal ---

function defaults({ checkSeconds }: HaproxyOptions): Text {
  const page = 'content-type "text/html; charset=utf-8" file /etc/haproxy/unavailable.html';
  return text`
    defaults
        mode http
        log global
        option httplog
        option dontlognull
        option log-health-checks
        timeout connect 2s
        timeout client 30s
        timeout server 30s
        timeout queue 5s
        timeout check ${Math.max(2, checkSeconds)}s
        timeout http-keep-alive 10s
        # If a client sends its request slowly, it holds a connection for no longer than this.
        timeout http-request 5s
        timeout client-fin 5s
        ${[502, 503, 504].map((status) => `http-error status ${status} ${page} hdr Retry-After 5 hdr Cache-Control no-store`)}
  `;
}

/** Mozilla's intermediate recommendation, guideline 6.0 of 2026: TLS 1.2, 1.3, forward secrecy, hybrid keys first. */
function tls(): Text {
  const curves = "X25519MLKEM768:X25519:prime256v1:secp384r1";
  const suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
  const ciphers = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].flatMap((cipher) => [
    `ECDHE-ECDSA-${cipher}`,
    `ECDHE-RSA-${cipher}`,
  ]);
  return text`
    ssl-default-bind-curves ${curves}
    ssl-default-bind-ciphers ${ciphers.join(":")}
    ssl-default-bind-ciphersuites ${suites}
    ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.2 no-tls-tickets
    ssl-default-server-curves ${curves}
    ssl-default-server-ciphersuites ${suites}
    ssl-default-server-options ssl-min-ver TLSv1.3 no-tls-tickets
    tune.h2.fe.glitches-threshold 1000
  `;
}

/** The site has one name and one scheme. Everything else is redirected there. */
function elsewhere({ domain, publicAddress, challenge }: HaproxyOptions): Text {
  const proof = `http-request return status 200 content-type text/plain hdr X-Content-Type-Options nosniff lf-string "%[path,field(-1,/)].${challenge}" if { path_beg /.well-known/acme-challenge/ }`;
  return text`
    frontend plain
        bind ${publicAddress}:80
        ${challenge !== undefined && proof}
        http-request redirect prefix https://www.${domain} code 301
  `;
}

function site({ domain, publicAddress, certificates, ...options }: HaproxyOptions): Text {
  const exempt = options.exempt.length > 0 ? ` !{ src ${options.exempt.join(" ")} }` : "";
  return text`
    frontend site
        bind ${publicAddress}:443 ssl crt ${certificates.site} alpn h2,http/1.1
        # Limits for each client address. If it sends too many requests in ten seconds, it is told when to come back.
        stick-table type ipv6 size 100k expire 10s store http_req_rate(10s),conn_cur
        tcp-request connection track-sc0 src
        tcp-request connection reject if { sc_conn_cur(0) gt ${options.connectionsPerAddress} }${exempt}
        http-request deny deny_status 429 hdr Retry-After 10 if { sc_http_req_rate(0) gt ${options.requestsPer10Seconds} }${exempt}
        # The application takes 16 KiB. What is more is answered here, by its own status.
        http-request return status 431 content-type text/plain string "The headers of this request are too large: expected at most 15 KiB in 100 headers." if { req.hdrs,length gt 15360 } or { req.fhdr_cnt gt 100 }
        http-after-response set-header Strict-Transport-Security max-age=63072000
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
        http-request redirect prefix https://www.${domain} code 301 if { req.hdr(host),host_only -i ${domain} }
        default_backend web
  `;
}

function web({
  balance,
  serverConnections,
  checkSeconds,
  servers,
  domain,
  certificates,
}: HaproxyOptions): Text {
  const width = Math.max(...servers.map(({ name }) => name.length));
  return text`
    backend web
        balance ${balance}
        option httpchk
        http-check send meth GET uri /healthz hdr Host health.internal
        http-check expect status 200
        # If a server does not take a request, another gets it. Once taken, it is repeated only if it changes nothing.
        retries 2
        option redispatch 1
        retry-on conn-failure empty-response
        http-request disable-l7-retry if !METH_GET
        # No connection is kept: Nginx could close it, when it reloads, just as a request is sent on it.
        option http-server-close
        default-server check inter ${checkSeconds}s fastinter ${500 * checkSeconds}ms downinter ${checkSeconds}s fall 2 rise 2 maxconn ${serverConnections} ssl verify required ca-file ${certificates.authority}
        ${servers.map((server) => `server ${server.name.padEnd(width)} ${server.address}:${server.port} sni str(${hostName(server.name, domain)}) check-sni ${hostName(server.name, domain)}`)}
  `;
}
