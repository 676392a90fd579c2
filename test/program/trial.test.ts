import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resource, sh } from "../../engine/index.ts";
import { path } from "../../engine/observers/linux.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** A file that is kept only if the control machine can connect again. Logs its steps in the file `told`. */
const risky = resource<{ told: string; lasts?: boolean }>("risky", (name, { told, lasts = true }) => ({
  certain: true,
  expects: [{ observe: { observer: path, key: name }, is: "f:*", like: true }],
  apply: sh`echo applied >>${told}; : >${`${name}.next`}`,
  trial: {
    keep: sh`${lasts ? sh`:` : sh`exit 9`}; echo kept >>${told}; mv ${`${name}.next`} ${name}`,
    undo: sh`echo undone >>${told}; rm ${`${name}.next`}; echo 'nobody could come anew'`,
  },
}));

describe.skipIf(!canSandbox).each(SHELLS)("a resource on trial, in %s", (shell) => {
  needsShell(shell);
  test("is kept if the host can still be reached", async () => {
    const box = sandbox();
    const [file, told] = [join(box.host, "rules"), join(box.host, "told")];
    const { said } = await runProgram(box, [risky(file, { told })], { shell });
    expect(said).toEqual(["start risky[rules]", "trial risky[rules]", "changed risky[rules]", "finished"]);
    expect(readFileSync(told, "utf8")).toBe("applied\nkept\n");
  });

  test.each(["no", "hangs up"] as const)("is undone if the answer is: %s", async (trial) => {
    const box = sandbox();
    const [file, told] = [join(box.host, "rules"), join(box.host, "told")];
    const { said, code, text } = await runProgram(box, [risky(file, { told })], { shell, trial });
    expect([said.at(-1), code]).toEqual(["failed risky[rules] apply 1", 3]);
    expect(text).toContain("nobody could come anew");
    expect(readFileSync(told, "utf8")).toBe("applied\nundone\n");
    expect(existsSync(file)).toBe(false);
  });

  test("fails if it cannot be made permanent", async () => {
    const box = sandbox();
    const [file, told] = [join(box.host, "rules"), join(box.host, "told")];
    const { said } = await runProgram(box, [risky(file, { told, lasts: false })], { shell });
    expect(said.at(-1)).toBe("failed risky[rules] apply 1");
  });

  test("is only planned with --check: the control machine is not asked to connect again", async () => {
    const box = sandbox();
    const [file, told] = [join(box.host, "rules"), join(box.host, "told")];
    const { said } = await runProgram(box, [risky(file, { told })], { shell, mode: "check" });
    expect(said).toEqual(["changed risky[rules]", "finished"]);
    expect(existsSync(told)).toBe(false);
  });
});
