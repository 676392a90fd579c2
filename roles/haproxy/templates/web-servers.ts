import { type Text, text } from "../../../engine/index.ts";
import { hostName } from "../../shared/certificates.ts";
import type { HaproxyOptions } from "./options.ts";

/**
 * The web servers, twice: those that can do all their work, and those that live. A server that alone has lost its
 * databases leaves the first ones. If all have, the others are used. Both are in one backend: a request that is under way
 * when the last of the first ones leaves would find no other server in a backend of their own.
 */
export function webServers(options: HaproxyOptions): Text {
  const { balance, checkSeconds, patience } = options;
  const times = checkSeconds * patience;
  const interval = 1000 * times;
  return text`
    backend web
        balance ${balance}
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
        # Two checks that fail: with the usual variables, a server that hangs is out of rotation within three seconds.
        option httpchk
        timeout check ${800 * times}ms
        http-check send meth GET uri /readyz hdr Host health.internal
        http-check expect status 200
        ${defaults(options)} inter ${interval}ms fastinter ${250 * times}ms downinter ${interval}ms fall 2 rise 2
        # If a machine's kernel confirms nothing, it is gone: its kept connections end, and reads are repeated elsewhere. The
        # time of tcp-ut begins when something is sent again, some 0.2 s after the first time.
        # HAProxy 3.0 takes tcp-ut and pool-conn-name among the defaults, too, but loses them there.
        ${servers(options, () => `check ${own(patience)}`)}
        # If all have lost their databases, whoever lives still shows what it can.
        option allbackups
        ${servers(options, (name) => `backup track ${LIVING}/${name} ${own(patience)}`, LIVING)}

    # It gets no requests. Here is checked who lives.
    backend ${LIVING}
        balance ${balance}
        option httpchk
        # If all are slow, they must not be taken for dead.
        timeout check ${2000 * times}ms
        http-check send meth GET uri /healthz hdr Host health.internal
        http-check expect status 200
        ${defaults(options)} inter ${interval}ms downinter ${interval}ms fall 3 rise 1
        ${servers(options, () => "check")}
  `;
}

// --- internal ---

const LIVING = "living";
const own = (patience: number) => `tcp-ut ${200 * patience}ms pool-conn-name var(txn.connection)`;
const defaults = ({ serverConnections, certificates }: HaproxyOptions) =>
  `default-server maxconn ${serverConnections} ssl verify required ca-file ${certificates.authority}`;

/** A line for each web server. Those that live have another name, because a backend's names are its own. */
function servers({ servers: all, domain }: HaproxyOptions, how: (name: string) => string, prefix?: string) {
  const width = Math.max(...all.map(({ name }) => name.length));
  const called = (name: string) => (prefix ? `${prefix}-${name}` : name);
  return text`
    ${all.map(
      ({ name, address, port }) =>
        `server ${called(name)}${" ".repeat(width - name.length)} ${address}:${port} sni str(${hostName(name, domain)}) check-sni ${hostName(name, domain)} ${how(name)}`,
    )}
  `;
}
