import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { apt, service } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** Only checks. The stories of the lab install packages and start services on real machines. */
describe.skipIf(!canSandbox || !existsSync("/usr/bin/dpkg-query")).each(SHELLS)(
  "packages, in %s",
  (shell) => {
    needsShell(shell);
    test("are checked together, and only what is missing would change", async () => {
      const wanted = [
        apt("dash"),
        apt("no-such-package-1"),
        apt("coreutils", { version: "*" }),
        apt("bash", { version: "0.1*" }),
        apt("no-such-package-2"),
      ];
      const { said, text } = await runProgram(sandbox(), wanted, { shell, mode: "check" });
      expect(said).toEqual([
        "ok apt[dash]",
        "changed apt[no-such-package-1]",
        "ok apt[coreutils]",
        "changed apt[bash]",
        "changed apt[no-such-package-2]",
        "finished",
      ]);
      expect(text).toMatch(/package: installed [\d.+-]+\S* -> installed 0\.1\*/);
      expect(text).toContain("package: absent -> installed *");
    });

    test("that are all installed stay as they are, and apt is not called", async () => {
      const { said } = await runProgram(sandbox(), [apt("dash"), apt("bash")], { shell });
      expect(said).toEqual(["ok apt[dash]", "ok apt[bash]", "finished"]);
    });
  },
);

test.each(["-rf", "a b", "Curl", "x;reboot", "curl=1", "a"])("the package name %s is refused", (name) => {
  expect(() => apt(name)).toThrow(`apt[${name}]: expected the name of a Debian package`);
});

describe.skipIf(!canSandbox).each(SHELLS)("a service, in %s", (shell) => {
  needsShell(shell);
  test("would change if systemd cannot be asked", async () => {
    const wanted = [service("no-such"), service("other.timer", { running: false, enabled: false })];
    const { said, text } = await runProgram(sandbox(), wanted, { shell, mode: "check" });
    expect(said).toEqual(["changed service[no-such]", "changed service[other.timer]", "finished"]);
    expect(text).toMatch(/unit: \S+ -> active:enabled:/);
    expect(text).toMatch(/unit: \S+ -> inactive:disabled:/);
  });
});
