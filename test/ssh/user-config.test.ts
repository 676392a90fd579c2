import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SshSettings } from "../../engine/model/inventory/schema.ts";
import type { Target } from "../../engine/ssh/target.ts";
import { Home } from "../helpers/home.ts";
import { canSandbox } from "../helpers/sandbox.ts";
import { scratch } from "../helpers/scratch.ts";

const ADDRESS = "192.0.2.11";

describe.skipIf(!canSandbox)("~/.ssh/config", () => {
  test("gives what the inventory leaves open", () => {
    const home = new Home({
      ".ssh/key": "",
      ".ssh/config": [
        "Include ~/.ssh/more",
        "Host web.example",
        "  User ops",
        "  IdentityFile ~/.ssh/key",
        "  IdentityAgent ~/agent.sock",
        "Host *",
        "  Port 2222",
      ].join("\n"),
      ".ssh/more": "Host web.example\n  HostName 198.51.100.7\n",
    });
    expect(target(home, { host: "web.example" })).toEqual({
      address: "198.51.100.7",
      port: 2222,
      user: "ops",
      keys: [home.path(".ssh/key")],
      agent: home.path("agent.sock"),
      records: [],
      strict: false,
    });
  });

  test("does not override the inventory", () => {
    const home = new Home({
      ".ssh/mine": "",
      ".ssh/config": `Host ${ADDRESS}\n  User ops\n  Port 2222\n  ProxyJump gate\n`,
    });
    const settings = { user: "me", port: 22, key: "~/.ssh/mine", jump: "other", patience: 60 };
    expect(target(home, settings)).toMatchObject({
      address: ADDRESS,
      port: 22,
      user: "me",
      keys: [home.path(".ssh/mine")],
      jump: { address: "other", patience: 60_000 },
      patience: 60_000,
    });
  });

  test("is read with the inventory's user, because a Match may depend on it", () => {
    const home = new Home({ ".ssh/config": "Match user me\n  Port 4242\n" });
    expect(target(home, { user: "me" })).toMatchObject({ port: 4242 });
    expect(target(home, { user: "you" })).toMatchObject({ port: 22 });
  });

  test("may lead through a chain of hosts, the first of them with its own ProxyCommand", () => {
    const home = new Home({
      ".ssh/config": [
        `Host ${ADDRESS}`,
        "  ProxyJump first,ops@second:2200",
        "Host first",
        "  HostName 198.51.100.1",
        "  ProxyCommand nc %h %p",
      ].join("\n"),
    });
    expect(target(home, { user: "me" })).toMatchObject({
      address: ADDRESS,
      jump: {
        address: "second",
        port: 2200,
        user: "ops",
        jump: { address: "198.51.100.1", port: 22, user: "root", proxy: "nc %h %p" },
      },
    });
  });

  test("that sends every host through one gateway is refused by ssh itself, because the gateway would need itself", () => {
    const { status, stderr } = ask(new Home({ ".ssh/config": "Host *\n  ProxyJump gate\n" }), { user: "me" });
    expect([status, stderr]).toEqual([4, expect.stringContaining("jumphost loop via gate")]);
  });

  test("with a circle of gateways is an error that shows the circle", () => {
    const home = new Home({ ".ssh/config": `Host ${ADDRESS} b\n  ProxyJump a\nHost a\n  ProxyJump b\n` });
    const { status, stderr } = ask(home, { user: "me" });
    expect([status, stderr.trim()]).toEqual([4, "quintet: ProxyJump leads in a circle: a, then b, then a"]);
  });

  test("with a mistake is an error with ssh's own message", () => {
    const home = new Home({ ".ssh/config": "Hots *\n" });
    const { status, stderr } = ask(home, { user: "me" });
    expect([status, stderr]).toEqual([
      4,
      expect.stringMatching(/ssh -G .*: .*\.ssh\/config: line 1: Bad configuration option: hots/),
    ]);
  });

  test("is not read for a machine that Vagrant made", () => {
    const home = new Home({ ".ssh/config": "Host *\n  ProxyJump gate\n  Port 2222\n" });
    const dotfiles = scratch();
    mkdirSync(join(dotfiles, "machines/web-01/libvirt"), { recursive: true });
    writeFileSync(join(dotfiles, "machines/web-01/libvirt/private_key"), "");
    expect(target(home, { user: "vagrant" }, { VAGRANT_DOTFILE_PATH: dotfiles })).toEqual({
      address: ADDRESS,
      port: 22,
      user: "vagrant",
      keys: [join(dotfiles, "machines/web-01/libvirt/private_key")],
    });
  });

  test("is not needed for a Vagrant machine that still has Vagrant's public insecure key", () => {
    const home = new Home();
    const dotfiles = scratch();
    const folder = join(dotfiles, "machines/web-01/virtualbox");
    mkdirSync(folder, { recursive: true });
    mkdirSync(home.path("insecure_private_keys"));
    const key = home.write("insecure_private_keys/vagrant.key.ed25519", "");
    const env = { VAGRANT_DOTFILE_PATH: dotfiles, VAGRANT_HOME: home.directory };
    expect(target(home, { user: "vagrant" }, env).keys).toEqual([]);
    writeFileSync(join(folder, "id"), "4711");
    expect(target(home, { user: "vagrant" }, env).keys).toEqual([key]);
  });
});

/** The target of web-01 for a user with that home, worked out in another process. */
function target(home: Home, ssh: SshSettings, env: NodeJS.ProcessEnv = {}): Target {
  const { status, stdout, stderr } = ask(home, ssh, env);
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

function ask(home: Home, ssh: SshSettings, env: NodeJS.ProcessEnv = {}) {
  const program = `
    import { main } from "${join(import.meta.dirname, "../../scripts/lib/cli.ts")}";
    import { targetOf } from "${join(import.meta.dirname, "../../engine/ssh/target.ts")}";
    const host = ${JSON.stringify({ name: "web-01", address: ADDRESS, ssh })};
    await main(async () => console.log(JSON.stringify(await targetOf(host))) ?? 0);`;
  const argv = ["node", "--import", "tsx", "--input-type=module", "--eval", program];
  const [command = "", ...args] = home.command(argv);
  return spawnSync(command, args, { encoding: "utf8", env: { ...home.env, ...env } });
}
