import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { kernel } from "../../../roles/shared/kernel.ts";
import { runProgram } from "../../helpers/program.ts";
import { canSandbox, sandbox } from "../../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../../helpers/shells.ts";

const FILE = "/etc/sysctl.d/50-quintet.conf";

/** Each program of the sandbox has a network of its own, with the kernel's settings for one. They end with it. */
describe.skipIf(!canSandbox).each(SHELLS)("kernel settings, in %s", (shell) => {
  needsShell(shell);
  const settings = (given: Record<string, number | string>, present = false) => [
    kernel(FILE, { role: "test", settings: given, present }),
  ];

  test("are set and kept, also one with several values and one with none", async () => {
    const box = sandbox();
    const wanted = settings({
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.ip_local_port_range": "20000 60000",
      "net.ipv4.ip_local_reserved_ports": "",
    });
    const plan = await runProgram(box, wanted, { shell, mode: "check" });
    expect(plan.text).toContain("net.ipv4.tcp_tw_reuse: 2 -> 1\n");
    expect(plan.text).toContain("net.ipv4.ip_local_port_range: 32768 60999 -> 20000 60000\n");
    const { said } = await runProgram(box, wanted, { shell });
    expect(said.at(-2)).toBe(`changed kernel[${FILE}]`);
    expect(readFileSync(join(box.etc, "sysctl.d/50-quintet.conf"), "utf8")).toMatch(
      /^# Written by Quintet \(role test\).*\n-net.ipv4.tcp_tw_reuse = 1\n/,
    );
  });

  test("that this machine may not change are as described", async () => {
    const box = sandbox();
    const wanted = settings({ "net.netfilter.nf_conntrack_max": 4096, "net.netfilter.nf_conntrack_acct": 0 });
    await runProgram(box, wanted, { shell });
    expect((await runProgram(box, wanted, { shell })).said).toEqual([`ok kernel[${FILE}]`, "finished"]);
  });

  test("that the kernel lacks are as described, unless they must be present", async () => {
    const box = sandbox();
    const lacking = { "net.no.such": 1 };
    expect((await runProgram(box, settings(lacking), { shell })).said.at(-2)).toMatch(/^changed/);
    expect((await runProgram(box, settings(lacking), { shell })).said[0]).toMatch(/^ok/);
    const plan = await runProgram(box, settings(lacking, true), { shell, mode: "check" });
    expect(plan.text).toContain("net.no.such: absent -> 1\n");
    expect((await runProgram(box, settings(lacking, true), { shell })).said.at(-1)).toMatch(/^failed/);
  });
});
