import { type Text, text } from "../../../engine/index.ts";
import { hostName } from "../../../roles/shared/certificates.ts";
import type { ByHand } from "./options.ts";

/**
 * HAProxy as somebody who knows it well would write it for speed: the same visitors, web servers, certificates, turns and
 * health checks as ours, and no limits, no repeated requests, no cleaning of headers. With `tls: false` it is the
 * ceiling: the same without TLS on both sides. Sources of the choices: HAProxy's configuration manual (http-reuse,
 * pool-purge-delay, tune.ssl.cachesize, nbthread), and haproxy.com's article "HTTP keep-alive, pipelining, multiplexing
 * and connection pooling".
 */
export default ({ tls, domain, publicAddress, servers, statsPort }: ByHand): Text => text`
  # Written by npm run bench -- traffic; the next npm run provision replaces it.

  global
      log /dev/log local0
      stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
      maxconn 4000
      # One thread for each processor is HAProxy's own choice. So are session tickets and a cache of 20,000 sessions.
      ssl-default-bind-options ssl-min-ver TLSv1.2
      ssl-default-server-options ssl-min-ver TLSv1.3

  defaults
      mode http
      log global
      option httplog
      option dontlognull
      timeout connect 2s
      timeout client 30s
      timeout server 30s
      timeout queue 5s
      timeout check 2s
      timeout http-request 5s
      # Visitors' connections are kept. So are those to servers, and other visitors use them, too.
      timeout http-keep-alive 60s
      http-reuse always

  ${tls ? elsewhere({ domain, publicAddress }) : false}

  frontend site
      bind ${publicAddress}:${tls ? "443 ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1" : "80"}
      option forwardfor
      http-request set-header X-Forwarded-Proto https
      ${tls && "http-response set-header Strict-Transport-Security max-age=63072000"}
      default_backend web

  backend web
      balance roundrobin
      option httpchk
      http-check send meth GET uri /healthz hdr Host health.internal
      http-check expect status 200
      # Idle connections are closed a minute after they were needed last, not five seconds.
      default-server check inter 1s fastinter 500ms downinter 1s fall 2 rise 2 maxconn 200 pool-purge-delay 60s${tls ? " ssl verify required ca-file /etc/haproxy/tls/authority.pem" : ""}
      ${servers.map(({ name, address, port }) => `server ${name} ${address}:${port}${tls ? proving(name, domain) : ""}`)}

  # keepalived asks here whether this balancer may have the public address.
  frontend private
      bind 127.0.0.1:${statsPort}
      monitor-uri /health
      option dontlog-normal
`;

// --- internal ---

function elsewhere({ domain, publicAddress }: Pick<ByHand, "domain" | "publicAddress">): Text {
  return text`
    frontend plain
        bind ${publicAddress}:80
        http-request redirect prefix https://www.${domain} code 301
  `;
}

/** A fixed name is no obstacle to sharing a connection. One taken from the request would be. */
function proving(name: string, domain: string): string {
  const proves = hostName(name, domain);
  return ` sni str(${proves}) check-sni ${proves}`;
}
