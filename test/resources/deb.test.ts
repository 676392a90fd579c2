import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apt, type Blob, deb, sha256Of } from "../../engine/index.ts";
import { hasApt, packagesOf, withPackages } from "../helpers/packages.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";

describe.skipIf(!canSandbox || !hasApt)("a package that was kept", () => {
  /** A mirror that has the second version of `editor` only, and files of both. */
  const movedOn = () => {
    const box = sandbox();
    const before = withPackages(box, [
      ...[{ name: "editor", fields: ["Depends: library"] }, { name: "library" }],
      { name: "editor", version: "2", fields: ["Depends: library"] },
    ]);
    const repository = join(box.host, "packages/repository");
    const index = readFileSync(join(repository, "Packages"), "utf8");
    writeFileSync(
      join(repository, "Packages"),
      index
        .split("\n\n")
        .filter((one) => !/^Package: editor\nVersion: 1$/m.test(one))
        .join("\n\n"),
    );
    const kept = (version: string): Blob => {
      const file = join(repository, `editor_${version}.deb`);
      return { file, size: statSync(file).size, sha256: sha256Of(readFileSync(file)) };
    };
    return { box, before, kept };
  };

  test("is installed though the mirror has another one, with what it needs", async () => {
    const { box, before, kept } = movedOn();
    const wanted = [deb("editor", { archive: kept("1"), version: "1" }), apt("editor")];
    expect((await runProgram(box, wanted, { before, mode: "check" })).said).toContain("changed deb[editor]");
    const { said } = await runProgram(box, wanted, { before });
    expect(said).toContain("changed deb[editor]");
    expect(packagesOf(box)).toEqual(["editor installed 1", "library installed 1"]);
    expect((await runProgram(box, wanted, { before })).said).toEqual([
      ...["ok deb[editor]", "ok apt[editor]"],
      "finished",
    ]);
  });

  test("takes the place of a newer one", async () => {
    const { box, before, kept } = movedOn();
    await runProgram(box, [apt("editor")], { before });
    expect(packagesOf(box)).toContain("editor installed 2");
    await runProgram(box, [deb("editor", { archive: kept("1"), version: "1" })], { before });
    expect(packagesOf(box)).toContain("editor installed 1");
  });

  test("that was spoilt on the way is not installed", async () => {
    const { box, before, kept } = movedOn();
    const spoilt = { ...kept("1"), sha256: "0".repeat(64) };
    const { said } = await runProgram(box, [deb("editor", { archive: spoilt, version: "1" })], { before });
    expect(said.at(-1)).toMatch(/^failed deb\[editor\]/);
    expect(packagesOf(box)).toEqual([]);
  });
});
