import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { PATIENCE } from "../../engine/ssh/target.ts";
import { scratch } from "../helpers/scratch.ts";

// The test's timeout is shorter than the default patience. So the test fails if ssh does not use the inventory's.
test("npm run ssh gives up a silent host after the inventory's patience", {
  timeout: PATIENCE - 1_000,
}, async () => {
  const mute = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => mute.once("listening", resolve));
  onTestFinished(() => {
    mute.close();
  });
  const { port } = mute.address() as { port: number };
  const inventory = join(scratch(), "mute.yaml");
  const host = `{ address: 127.0.0.1, ssh: { port: ${port}, patience: 1 } }`;
  writeFileSync(
    inventory,
    `domain: example.org\npublic_address: 127.0.0.2\nhosts: { mute-01: ${host} }\ngroups: {}\n`,
  );
  const words = ["--import", "tsx", "scripts/ssh.ts", "-i", inventory, "mute-01", "true"];
  await expect(promisify(execFile)(process.execPath, words)).rejects.toMatchObject({
    code: 255,
    stderr: expect.stringMatching(/timed out/i),
  });
});
