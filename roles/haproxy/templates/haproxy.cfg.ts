import { type Host, type Text, text } from "../../../engine/index.ts";
import { nginxPort } from "../../nginx/vars.ts";

interface HaproxyOptions {
  domain: string;
  publicAddress: string;
  address: string;
  servers: readonly Host[];
  balance: string;
  connections: number;
  serverConnections: number;
  statsPort: number;
  stopAfter: number;
}

/** The whole configuration of HAProxy. */
export default (options: HaproxyOptions): Text => text`
  # Written by Quintet (role haproxy); changes made here are overwritten.

  global
      log /dev/log local0
      user haproxy
      group haproxy
      chroot /var/lib/haproxy
      stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
      maxconn ${options.connections}
      # What a reload may wait for before it cuts connections that go on.
      hard-stop-after ${options.stopAfter}s

  ${defaults()}

  ${site(options)}

  ${web(options)}

  # For the private network: /stats for people, /metrics for Prometheus, /health for keepalived.
  frontend private
      bind ${options.address}:${options.statsPort}
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

function defaults(): Text {
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
        timeout check 2s
        timeout http-keep-alive 10s
        # A client that sends its request slowly holds a connection for so long, and no longer.
        timeout http-request 5s
        timeout client-fin 5s
        ${[502, 503, 504].map((status) => `http-error status ${status} ${page} hdr Retry-After 5 hdr Cache-Control no-store`)}
  `;
}

function site({ domain, publicAddress }: HaproxyOptions): Text {
  return text`
    frontend site
        bind ${publicAddress}:80
        option http-restrict-req-hdr-names delete
        # What a client says of where it comes from is not believed, nor the number that it gives its request.
        http-request del-header X-Forwarded-For
        http-request del-header Forwarded
        http-request del-header X-Request-ID
        http-request del-header Proxy
        option forwardfor
        http-request set-header X-Forwarded-Proto http
        unique-id-format %[uuid()]
        unique-id-header X-Request-ID
        http-response set-header X-Request-ID %[unique-id]
        http-response del-header Server
        http-request redirect prefix http://www.${domain} code 301 if { req.hdr(host),host_only -i ${domain} }
        default_backend web
  `;
}

function web({ balance, serverConnections, servers }: HaproxyOptions): Text {
  const width = Math.max(...servers.map(({ name }) => name.length));
  return text`
    backend web
        balance ${balance}
        option httpchk
        http-check send meth GET uri /healthz hdr Host health.internal
        http-check expect status 200
        # A request that a server did not take goes to another one. Once taken it is repeated only if it changes nothing.
        retries 2
        option redispatch 1
        retry-on conn-failure empty-response
        http-request disable-l7-retry if !METH_GET
        # A connection that is kept could be closed by Nginx, when it reloads, just as a request goes out on it.
        option http-server-close
        default-server check inter 1s fastinter 500ms downinter 1s fall 2 rise 2 maxconn ${serverConnections}
        ${servers.map((server) => `server ${server.name.padEnd(width)} ${server.address}:${nginxPort(server)}`)}
  `;
}
