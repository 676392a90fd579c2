import { type Text, text } from "../../../engine/index.ts";
import { frontends } from "./frontends.ts";
import type { HaproxyOptions } from "./options.ts";
import { webServers } from "./web-servers.ts";

/** The whole configuration of HAProxy. */
export default (options: HaproxyOptions): Text => text`
  # Written by Quintet (role haproxy); changes made here are overwritten.

  global
      log /dev/log local0
      stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
      # Each frontend has connections of its own, so that nobody can take those of another one.
      maxconn ${connectionsOf(options).all}
      # After a reload old connections may go on for so long. Then they are cut.
      hard-stop-after ${options.stopAfter}s
      server-state-file ${options.states}
      # If headers do not fit, no rule sees them: HAProxy resets the HTTP/2 stream, without an answer. So more is read than
      # is allowed: twice HAProxy's default, which a busy connection then holds of the machine's memory.
      tune.bufsize 32768
      tune.http.maxhdr 1000
      ${tls()}

  ${defaults(options)}

  ${frontends(options, connectionsOf(options))}

  ${webServers(options)}

  # For the private network: /stats for people, /metrics for Prometheus, /health for keepalived.
  frontend private
      maxconn ${connectionsOf(options).private}
      bind ${options.address}:${options.statsPort} ssl crt ${options.certificates.host}
      bind 127.0.0.1:${options.statsPort}
      monitor-uri /health
      http-request use-service prometheus-exporter if { path /metrics }
      stats enable
      stats uri /stats
      stats refresh 5s
      stats show-legends
      stats hide-version
`;

// --- internal ---

/** How many connections each frontend may have at the same time. */
function connectionsOf({ connections: site }: HaproxyOptions) {
  const [plain, own] = [Math.ceil(site / 4), 100];
  return { site, plain, private: own, all: site + plain + own };
}

function defaults({ patience }: HaproxyOptions): Text {
  const page = 'content-type "text/html; charset=utf-8" file /etc/haproxy/unavailable.html';
  return text`
    defaults
        mode http
        log global
        option httplog
        option dontlognull
        # Nginx writes a line for each request. Here only those are worth one that went wrong.
        option dontlog-normal
        load-server-state-from-file global
        # A visitor whose first packet was lost, as when the address has moved, has waited for a second by now.
        timeout connect ${400 * patience}ms
        timeout client 30s
        timeout server ${5000 * patience}ms
        timeout queue 5s
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
