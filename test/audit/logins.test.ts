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
    ["that is refused is good", 255, methods("publickey"), undefined, "ok", "refused; publickey offered"],
    [
      "that is refused, although passwords are offered, is good",
      255,
      methods("publickey,password"),
      undefined,
      "ok",
      "refused; publickey, password offered",
    ],
    [
      "that is refused, with only keys offered, is good",
      255,
      methods("publickey"),
      ["publickey"],
      "ok",
      "refused; publickey offered",
    ],
    [
      "that is refused, but must not offer passwords, is bad",
      255,
      methods("publickey,password,keyboard-interactive"),
      ["publickey"],
      "bad",
      "refused; publickey, password, keyboard-interactive offered",
    ],
    ["that succeeds is bad", 0, DENIED, undefined, "bad", "logged in"],
    ["that succeeds at the second try is bad", 0, methods("publickey"), undefined, "bad", "logged in"],
    ["that succeeds is bad, with methods given too", 0, "", ["publickey"], "bad", "logged in"],
    ["that nobody answers is bad", 255, REFUSED, undefined, "bad", REFUSED.trim()],
    [
      "to another host than expected is bad",
      255,
      "Host key verification failed.\n",
      undefined,
      "bad",
      "Host key verification failed.",
    ],
    [
      "that succeeds, and whose command fails, is bad",
      1,
      "true: not found\n",
      undefined,
      "bad",
      "true: not found",
    ],
  ])("%s", (_what, code, stderr, offered, verdict, found) => {
    expect(judgeLogin("web-01", "refused", { code, stderr }, offered)).toMatchObject({ verdict, found });
  });

  test("is tried again only if the server turned the client away", () => {
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
      "that is refused is good",
      { user: "root", code: "ER_ACCESS_DENIED_ERROR", message: "Access denied" },
      "ok",
      "refused: ER_ACCESS_DENIED_ERROR",
    ],
    ["that succeeds is bad", { user: "root" }, "bad", "logged in"],
    [
      "that nobody answers is bad",
      { user: "", code: "ETIMEDOUT", message: "connect ETIMEDOUT" },
      "bad",
      "neither refused nor logged in: ETIMEDOUT connect ETIMEDOUT",
    ],
  ])("%s", (_what, answer, verdict, found) => {
    expect(judgeMysql("db-01", answer)).toMatchObject({ verdict, found });
  });

  test("is tried by a program for any Node, which prints what the server said", async () => {
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

test("the audit tries SSH logins on every host, and MySQL logins where the firewall's table allows connections", () => {
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
