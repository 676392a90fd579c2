import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Subject } from "../../audit/check.ts";
import { isTurnedAway, judgeLogin, logins, refusalIn } from "../../audit/logins.ts";
import { judgeMysql, loginProgram } from "../../audit/mysql.ts";
import { planInputs } from "../../engine/plan/context.ts";
import { flowsOf } from "../../roles/firewall/flows.ts";
import site from "../../site.ts";
import { five } from "../helpers/role-context.ts";

const DENIED = "Warning: Permanently added '192.168.56.11' (ED25519) to the list of known hosts.\n";
const methods = (names: string) => `${DENIED}vagrant@192.168.56.11: Permission denied (${names}).\n`;
const REFUSED = "ssh: connect to host 192.168.56.11 port 22: Connection refused\n";
const PENALTY =
  "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.168.56.11 port 22\n";

describe("a login by SSH", () => {
  test.each<[string, number, string, readonly string[] | undefined, string, string]>([
    ["refused", 255, methods("publickey"), undefined, "ok", "refused; publickey offered"],
    [
      "refused, with passwords",
      255,
      methods("publickey,password"),
      undefined,
      "ok",
      "refused; publickey, password offered",
    ],
    ["refused, keys only", 255, methods("publickey"), ["publickey"], "ok", "refused; publickey offered"],
    [
      "that could have had a password",
      255,
      methods("publickey,password,keyboard-interactive"),
      ["publickey"],
      "bad",
      "refused; publickey, password, keyboard-interactive offered",
    ],
    ["that came off", 0, DENIED, undefined, "bad", "logged in"],
    ["that came off at the second try", 0, methods("publickey"), undefined, "bad", "logged in"],
    ["that came off, when none should", 0, "", ["publickey"], "bad", "logged in"],
    ["that met nobody", 255, REFUSED, undefined, "bad", REFUSED.trim()],
    [
      "that met somebody else",
      255,
      "Host key smokeTest failed.\n",
      undefined,
      "bad",
      "Host key smokeTest failed.",
    ],
    ["of which the command failed", 1, "true: not found\n", undefined, "bad", "true: not found"],
  ])("%s", (_what, code, stderr, offered, verdict, found) => {
    expect(judgeLogin("web-01", "refused", { code, stderr }, offered)).toMatchObject({ verdict, found });
  });

  test("is tried again when the server counts failed logins, and then only", () => {
    expect(isTurnedAway(PENALTY)).toBe(true);
    expect(isTurnedAway("Not allowed at this time\n")).toBe(true);
    expect(isTurnedAway("Connection closed by 192.168.56.11 port 22\n")).toBe(true);
    for (const stderr of [methods("publickey"), REFUSED, ""]) expect(isTurnedAway(stderr)).toBe(false);
    expect(refusalIn(PENALTY)).toBeUndefined();
  });
});

describe("a login to MySQL", () => {
  test.each<[string, Parameters<typeof judgeMysql>[1], string, string]>([
    [
      "refused",
      { user: "root", code: "ER_ACCESS_DENIED_ERROR", message: "Access denied" },
      "ok",
      "refused: ER_ACCESS_DENIED_ERROR",
    ],
    ["that came off", { user: "root" }, "bad", "logged in"],
    [
      "that met nobody",
      { user: "", code: "ETIMEDOUT", message: "connect ETIMEDOUT" },
      "bad",
      "it could not be asked: ETIMEDOUT connect ETIMEDOUT",
    ],
  ])("%s", (_what, answer, verdict, found) => {
    expect(judgeMysql("db-01", answer)).toMatchObject({ verdict, found });
  });

  test("is a program for any Node, which says what the server said", async () => {
    const said = Buffer.from("\xff\x6a\x04Host '127.0.0.1' is not allowed to connect", "latin1");
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(Buffer.concat([Buffer.from([said.length, 0, 0, 0]), said]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const program = await loginProgram();
    const child = spawn("node", ["-", "127.0.0.1", `${port}`, "root"], { cwd: "/" });
    child.stdin.end(program);
    let printed = "";
    for await (const chunk of child.stdout) printed += chunk;
    expect(JSON.parse(printed)).toMatchObject({ user: "root", code: "ER_HOST_NOT_PRIVILEGED" });
    expect(judgeMysql("db-01", JSON.parse(printed)).verdict).toBe("ok");
  });
});

test("logins are tried at every host, and at MySQL where the table has it", () => {
  const flows = flowsOf(planInputs({ site, inventory: five }).traffic(), five);
  const hosts = five.hosts.filter(({ name }) => ["web-02", "db-02"].includes(name));
  const asked = logins.examinations({ inventory: five, hosts, flows } as unknown as Subject);
  expect(asked.map(({ about }) => about)).toEqual([
    "SSH to web-02 as root, with the project's key",
    "SSH to web-02 with a password",
    "SSH to db-02 as root, with the project's key",
    "SSH to db-02 with a password",
    "MySQL of db-02 (192.168.56.15:3306) from this computer",
    "MySQL of db-02 from web-01 as root, without a password",
    "MySQL of db-02 from web-01 anonymously, without a password",
  ]);
});
