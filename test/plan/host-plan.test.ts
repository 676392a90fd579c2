import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  apt,
  aptSuite,
  command,
  fact,
  file,
  type Handler,
  handler,
  play,
  type Resource,
  reload,
  role,
  Secret,
  sh,
  site,
  unitFile,
  verbatim,
} from "../../engine/index.ts";
import { requireGroups, rolesOfHost, withRoles } from "../../engine/model/selection.ts";
import { contextOf } from "../../engine/plan/context.ts";
import { hostPlanFor } from "../../engine/plan/host-plan.ts";
import { inventoryOf, testInputs } from "../helpers/plan-inputs.ts";
import { roleOf } from "../helpers/site.ts";

const [nginx, mysql, base] = ["nginx", "mysql", "base"].map((name) => roleOf(name, () => []));
const plays = site(
  play("all", [base as never]),
  play("web", [nginx as never]),
  play("database", [mysql as never]),
);

function hostPlan(...roles: (readonly Resource[])[]) {
  const given = testInputs();
  return hostPlanFor(
    given.inventory.hosts[0] as never,
    roles.map((resources, index) => roleOf(`role-${index + 1}`, () => resources)),
    given,
  );
}

const ids = (...roles: (readonly Resource[])[]) =>
  hostPlan(...roles).resources.map(({ role, resource }) => `${role} ${resource.id}`);

describe("--role", () => {
  test("keeps only the wanted roles, and the plays that have them", () => {
    expect(
      withRoles(plays, ["nginx", "base"]).map(({ group, roles }) => [group, roles.map(({ name }) => name)]),
    ).toEqual([
      ["all", ["base"]],
      ["web", ["nginx"]],
    ]);
    expect(withRoles(plays, [])).toBe(plays);
  });

  test("refuses an unknown role and suggests the nearest one", () => {
    expect(() => withRoles(plays, ["nginx", "ngnix"])).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message: '--role: found "ngnix" (did you mean "nginx"?); expected one of base, nginx, mysql',
      }),
    );
  });
});

test("the inventory must have every group that the site provisions", () => {
  expect(() => requireGroups(plays, inventoryOf({ web: ["web-01"] }))).toThrow(
    'test.yaml › groups: found no group "database"; the site provisions it, the inventory has "web"',
  );
});

test("a host gets the roles of its groups in the order of the plays", () => {
  const inventory = inventoryOf({ web: ["web-01"], database: ["web-01", "db-01"] });
  const names = inventory.hosts.map((host) => rolesOfHost(plays, host, inventory).map(({ name }) => name));
  expect(names).toEqual([
    ["base", "nginx", "mysql"],
    ["base", "mysql"],
  ]);
});

describe("a host plan", () => {
  const plain = verbatim("");
  const motd = () => file("/etc/motd", { content: "" });
  const dropIn = (notify: Handler[] = []) =>
    unitFile("nginx.service.d/quintet.conf", { content: plain, notify });

  test("begins with package sources, drop-ins for the packages' units, and the packages of all roles", () => {
    expect(
      ids(
        [motd(), apt("nginx"), unitFile("own.service", { content: plain }), dropIn()],
        [file("/etc/other", { content: "" }), aptSuite("sid", { packages: [] }), apt("curl")],
      ),
    ).toEqual([
      "role-1 file[/etc/systemd/system/nginx.service.d/quintet.conf]",
      "role-2 aptSuite[sid]",
      "role-1 apt[nginx]",
      "role-2 apt[curl]",
      "role-1 file[/etc/motd]",
      "role-1 file[/etc/systemd/system/own.service]",
      "role-2 file[/etc/other]",
    ]);
  });

  test("leaves out false and undefined in a role's resources", () => {
    const given = testInputs();
    const some = role("some", {
      summary: "",
      vars: z.object({}),
      resources: () => [false, motd(), undefined],
    })();
    expect(hostPlanFor(given.inventory.hosts[0] as never, [some], given).resources).toHaveLength(1);
  });

  test("has a package only once if two roles ask for it, with the handlers of both", () => {
    const [one, two] = [handler("one", sh`a`), handler("two", sh`b`)];
    const { resources, handlers } = hostPlan([apt("curl", { notify: one })], [apt("curl", { notify: two })]);
    expect(resources.map(({ resource }) => [resource.id, resource.notify.map(({ name }) => name)])).toEqual([
      ["apt[curl]", ["one", "two"]],
    ]);
    expect(handlers.map(({ handler }) => handler.name)).toEqual(["one", "two"]);
  });

  test.each<[string, Resource, Resource, string]>([
    [
      "the same file",
      motd(),
      motd(),
      "web-01: file[/etc/motd] is declared twice, in role role-1 and in role role-2",
    ],
    [
      "two versions of a package",
      apt("curl", { version: "1" }),
      apt("curl", { version: "2" }),
      "web-01: apt[curl] is declared twice, in role role-1 and in role role-2",
    ],
    [
      "two handlers of one name",
      file("/a", { content: "", notify: handler("reload", sh`a`) }),
      file("/b", { content: "", notify: handler("reload", sh`b`) }),
      'the handler "reload" does one thing in role role-1 and another in role role-2',
    ],
  ])("refuses %s in two roles", (_, one, two, message) => {
    expect(() => hostPlan([one], [two])).toThrow(expect.objectContaining({ name: "CompileError", message }));
  });

  test("has a handler only once if several resources notify it", () => {
    const notify = handler("reload", sh`a`);
    const { handlers } = hostPlan(
      [file("/a", { content: "", notify }), file("/b", { content: "", notify })],
      [command("c", { check: sh`:`, run: sh`:`, notify })],
    );
    expect(handlers).toEqual([{ role: "role-1", handler: notify }]);
  });

  test("has handlers in the order in which roles name them, also if a resource moves before the packages", () => {
    const [one, two] = [handler("one", sh`a`), handler("two", sh`b`)];
    const { handlers } = hostPlan([file("/a", { content: "", notify: one }), dropIn([two])]);
    expect(handlers.map(({ handler: { name } }) => name)).toEqual(["one", "two"]);
  });

  test("has handlers in the order in which they are first notified, but a restart before the reload that it covers", () => {
    const { handlers } = hostPlan(
      [
        file("/a", { content: "", notify: reload("a") }),
        file("/b", { content: "", notify: handler("between", sh`b`) }),
        file("/c", { content: "", notify: [reload("b", "restart"), reload("a", "restart")] }),
      ],
      [file("/d", { content: "", notify: reload("b") })],
    );
    expect(handlers.map(({ handler: { name } }) => name)).toEqual([
      "restart a",
      "reload a",
      "between",
      "restart b",
      "reload b",
    ]);
  });
});

describe("a role's context", () => {
  const secret = new Secret("PASSWORD", "correct-horse");
  const given = testInputs({
    secrets: new Map([
      ["PASSWORD", secret],
      ["OTHER", secret],
    ]),
  });
  const asker = role("asker", {
    summary: "",
    vars: z.object({}),
    secrets: { PASSWORD: "one" },
    resources: () => [],
  })();
  const context = contextOf(asker, given.inventory.hosts[0] as never, given);

  test("gives only the secrets that the role declares", () => {
    expect(context.secret("PASSWORD")).toBe(secret);
    expect(() => context.secret("OTHER")).toThrow(
      "role asker asks for the secret OTHER, which it does not declare",
    );
  });

  test("gives only the facts that the role declares", () => {
    const [kernel, uptime] = ["kernel", "uptime"].map((name) => fact(name, sh`:`, (output) => output));
    const reader = { ...asker, facts: { group: "web", read: [kernel as never] } };
    const { fact: asked } = contextOf(reader, given.inventory.hosts[0] as never, given);
    expect(asked(kernel as never, "web-01")).toBeUndefined();
    expect(() => asked(uptime as never, "web-01")).toThrow(
      "role asker asks for the fact uptime, which it does not declare",
    );
    expect(() => context.fact(kernel as never, "web-01")).toThrow("does not declare");
  });

  test("gives the hosts of a group, and none for an unknown group", () => {
    expect([context.hosts("web").length, context.hosts("none").length]).toEqual([1, 0]);
  });
});
