import { join } from "node:path";
import { build } from "esbuild";
import { type Host, hostsIn } from "../engine/model/inventory/index.ts";
import { connectTcp } from "../engine/ssh/transport.ts";
import { type Shell, sh } from "../engine/template/shell.ts";
import type { Flow } from "../roles/firewall/flows.ts";
import type { Examination, Found, Subject } from "./check.ts";

/** This computer must not reach MySQL. A web server reaches it, but must not log in without a password. */
export function mysqlLogins({ inventory, hosts, flows, ask }: Subject): Examination[] {
  const ports = flows.filter(
    ({ role, from, to }) => role === "mysql" && from === "web" && hosts.includes(to),
  );
  const [web] = hostsIn(inventory, "web");
  let built: Promise<Buffer> | undefined;
  const program = () => {
    built ??= loginProgram();
    return built;
  };
  return ports.flatMap((openPort) => [
    fromHere(openPort),
    ...(web ? USERS.map((user) => fromWeb({ web, openPort, user, program, ask })) : []),
  ]);
}

/** The result of a login to MySQL, as the client reports it. */
export interface MysqlAnswer {
  readonly user: string;
  /** The error code. Undefined if the login succeeded. */
  readonly code?: string;
  readonly message?: string;
}

/** Judges the result. Only a refusal is good. A server that does not answer has not refused anybody. */
export function judgeMysql(about: string, { user, code, message }: MysqlAnswer): Found {
  const isRefused = code !== undefined && REFUSALS.includes(code);
  const failed = isRefused ? `refused: ${code}` : `neither refused nor logged in: ${code} ${message}`;
  return {
    about,
    verdict: isRefused ? "ok" : "bad",
    found: code === undefined ? "logged in" : failed,
    expected: REFUSED,
    figures: { user, code, message },
  };
}

/** A Node program with the arguments `ADDRESS PORT USER`. Logs in without a password, and prints the result as JSON. */
export async function loginProgram(): Promise<Buffer> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: join(import.meta.dirname, "../app"), loader: "js" },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    write: false,
    logLevel: "silent",
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

// --- internal ---

const REFUSED = "refused";
const USERS = ["root", ""];

/** MySQL's own refusals: wrong password, no account for this host, no password given. */
const REFUSALS = ["ER_ACCESS_DENIED_ERROR", "ER_HOST_NOT_PRIVILEGED", "ER_ACCESS_DENIED_NO_PASSWORD_ERROR"];

/** Uses TLS. A server that requires TLS would otherwise complain about that, and not about the account. */
const PROGRAM = `
  const { createConnection } = require("mysql2/promise");
  const [host, port, user = ""] = process.argv.slice(2);
  const tell = (answer) => {
    console.log(JSON.stringify({ user, ...answer }));
    process.exit(0);
  };
  createConnection({ host, port: Number(port), user, password: "", connectTimeout: 10000, ssl: { rejectUnauthorized: false } })
    .then(() => tell({}), ({ code, message }) => tell({ code: code ?? "UNKNOWN", message }));
`;

function fromHere({ to, port }: Flow): Examination {
  const about = `MySQL of ${to.name} (${to.address}:${port}) from this computer`;
  const expected = "no connection";
  return {
    about,
    expected,
    seconds: 30,
    run: async () => {
      const reached = await connectTcp(to.address, port, 4000).then(
        (socket) => socket.destroy().destroyed,
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      const isOpen = reached === true;
      const found = isOpen ? "connected" : `no connection (${reached})`;
      return [{ about, verdict: isOpen ? "bad" : "ok", found, expected, figures: { reached } }];
    },
  };
}

interface Login extends Pick<Subject, "ask"> {
  readonly web: Host;
  readonly openPort: Flow;
  readonly user: string;
  readonly program: () => Promise<Buffer>;
}

/** The web servers have Node but no MySQL client. So the audit sends them the client library that the app uses. */
function fromWeb({ web, openPort, user, program, ask }: Login): Examination {
  const who = user === "" ? "anonymously" : `as ${user}`;
  const about = `MySQL of ${openPort.to.name} from ${web.name} ${who}, without a password`;
  return {
    about,
    expected: REFUSED,
    seconds: 60,
    run: async (signal) => {
      const file = await program();
      const printed = await ask(web, asking(file.length, openPort, user), signal, { seconds: 40, file });
      return [judgeMysql(about, JSON.parse(printed))];
    },
  };
}

const asking = (size: number, { to, port }: Flow, user: string): Shell => sh`
  echo file
  head -c ${size} | node - ${to.address} ${port} ${user}`;
