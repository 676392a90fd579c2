import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sysctl } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/**
 * Each program of the sandbox has a new network namespace, with its own kernel settings for the network. They are gone
 * when the program ends.
 */
describe.skipIf(!canSandbox).each(SHELLS)("sysctl, in %s", (shell) => {
  needsShell(shell);
  const kept = "etc/sysctl.d/60-quintet-net.ipv4.ip_nonlocal_bind.conf";

  test("is set now and kept for the next boot", async () => {
    const box = sandbox();
    const wanted = [sysctl("net.ipv4.ip_nonlocal_bind", { value: 1 })];
    const checked = await runProgram(box, wanted, { shell, mode: "check" });
    expect(checked.text).toBe(`setting: 0 -> 1\n/${kept}: absent -> f:root:root:644:\n\n`);
    const { said } = await runProgram(box, wanted, { shell });
    expect(said.slice(-2)).toEqual(["changed sysctl[net.ipv4.ip_nonlocal_bind]", "finished"]);
    expect(readFileSync(join(box.etc, "..", kept), "utf8")).toBe("net.ipv4.ip_nonlocal_bind = 1\n");
  });

  test("changes if only the file for the next boot differs", async () => {
    const box = sandbox();
    writeFileSync(join(box.etc, "..", kept), "net.ipv4.ip_nonlocal_bind = 1\n");
    const wanted = [sysctl("net.ipv4.ip_nonlocal_bind", { value: 0 })];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toMatch(/^changed/);
    await runProgram(box, wanted, { shell });
    expect((await runProgram(box, wanted, { shell })).said[0]).toBe("ok sysctl[net.ipv4.ip_nonlocal_bind]");
  });

  test("with several values is recognised, whatever the kernel puts between them", async () => {
    const box = sandbox();
    const wanted = [sysctl("net.ipv4.ip_local_port_range", { value: "20000 60000" })];
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe(
      "changed sysctl[net.ipv4.ip_local_port_range]",
    );
  });

  test("fails if the kernel does not have the setting, and says so", async () => {
    const box = sandbox();
    const { said, text } = await runProgram(box, [sysctl("net.no.such", { value: 1 })], { shell });
    expect(said.at(-1)).toMatch(/^failed sysctl\[net.no.such\] apply/);
    expect(text).toContain("net/no/such");
  });
});

test.each(["swappiness", "vm/swappiness", "../../etc", "vm.swap piness"])(
  "sysctl: the name %s is refused",
  (name) => {
    expect(() => sysctl(name, { value: 1 })).toThrow(`sysctl[${name}]: expected a setting's dotted name`);
  },
);
