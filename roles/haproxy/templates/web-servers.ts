import { type Text, text } from "../../../engine/index.ts";
import { hostName } from "../../shared/certificates.ts";
import type { HaproxyOptions } from "./options.ts";

/**
 * The web servers, twice: those that can do all their work, and those that live. A server that alone has lost its
 * databases leaves the first list. If all have, the second one is used.
 */
export function webServers(options: HaproxyOptions): Text {
  const { checkSeconds, patience } = options;
  const times = checkSeconds * patience;
  const interval = 1000 * times;
  return text`
    backend web
        ${requests(options)}
        # Two checks that fail: with the usual variables, a server that hangs is out of rotation within three seconds.
        timeout check ${800 * times}ms
        http-check send meth GET uri /readyz hdr Host health.internal
        http-check expect status 200
        ${servers(options, `inter ${interval}ms fastinter ${250 * times}ms downinter ${interval}ms fall 2 rise 2`)}

    backend web-degraded
        ${requests(options)}
        # If all are slow, they must not be taken for dead.
        timeout check ${2000 * times}ms
        http-check send meth GET uri /healthz hdr Host health.internal
        http-check expect status 200
        ${servers(options, `inter ${interval}ms downinter ${interval}ms fall 3 rise 1`)}
  `;
}

// --- internal ---

function requests({ balance, patience }: HaproxyOptions): Text {
  return text`
    balance ${balance}
    option httpchk
    # If a server does not take a request, another gets it. Once taken, it is repeated only if it changes nothing.
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response response-timeout 502 503 504
    http-request disable-l7-retry unless METH_GET
    http-request set-timeout server ${2500 * patience}ms if METH_GET
    # A kept connection may end, as when Nginx reloads, just as a request is sent on it. So those are for requests that may
    # be repeated. Each other one gets a connection of its own, with a name of its own, and Nginx closes it.
    http-reuse always
    http-request set-var(txn.connection) unique-id unless METH_GET
  `;
}

function servers(options: HaproxyOptions, check: string): Text {
  const { serverConnections, certificates, domain, patience } = options;
  const width = Math.max(...options.servers.map(({ name }) => name.length));
  const own = `tcp-ut ${200 * patience}ms pool-conn-name var(txn.connection)`;
  return text`
    default-server check ${check} maxconn ${serverConnections} ssl verify required ca-file ${certificates.authority}
    # If a machine's kernel confirms nothing, it is gone: its kept connections end, and reads are repeated elsewhere. The
    # time of tcp-ut begins when something is sent again, some 0.2 s after the first time.
    # HAProxy 3.0 takes tcp-ut and pool-conn-name among the defaults, too, but loses them there.
    ${options.servers.map(({ name, address, port }) => `server ${name.padEnd(width)} ${address}:${port} sni str(${hostName(name, domain)}) check-sni ${hostName(name, domain)} ${own}`)}
  `;
}
