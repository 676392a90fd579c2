import { isIPv4 } from "node:net";
import { z } from "zod";
import { didYouMean } from "../../util/nearest.ts";

const ipv4 = z
  .string({ error: "expected an IPv4 address" })
  .refine(isIPv4, { error: "expected an IPv4 address such as 192.168.56.11" });
const NETWORK = "expected an IPv4 address or network such as 192.168.56.1 or 10.0.2.0/24";
const network = z.string({ error: NETWORK }).refine(
  (value) => {
    const [address = "", bits = "32", ...rest] = value.split("/");
    return isIPv4(address) && /^([0-9]|[12][0-9]|3[0-2])$/.test(bits) && rest.length === 0;
  },
  { error: NETWORK },
);
const hostName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: "expected a host name: small letters, digits and hyphens, starting with a letter",
});
const domainName = z
  .string({ error: "expected a domain such as foobar.com" })
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, { error: "expected a domain such as foobar.com" });
const vars = z.record(z.string(), z.record(z.string(), z.unknown()), {
  error: "expected variables by role, for example nginx: { port: 8080 }",
});

const EVERY_PORT = "expected a port, 1 to 65535";
const port = z.int({ error: EVERY_PORT }).min(1, { error: EVERY_PORT }).max(65535, { error: EVERY_PORT });

/** An object with these keys only. Its error names unknown keys and suggests the known ones that they are close to. */
function exactly<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      const only = `expected ${known.join(", ")}`;
      if (issue.code !== "unrecognized_keys") return only;
      const unknown = issue.keys.map((key) => `"${key}"${didYouMean(key, known)}`).join(", ");
      return `found the unknown key ${unknown}; ${only}`;
    },
  });
}

const ssh = exactly({
  host: z.string().min(1).optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, { error: "expected a user name" })
    .optional(),
  port: port.optional(),
  key: z.string().min(1).optional(),
  jump: z.string().min(1).optional(),
  patience: z
    .int({ error: "expected seconds as a whole number" })
    .min(1, { error: "expected at least 1 (second)" })
    .max(600, { error: "expected at most 600 (seconds)" })
    .optional(),
}).describe(
  "how to reach a host; jump is [user@]host[:port]; patience is how many seconds the host may be silent",
);

const machine = exactly({
  memory: z
    .int({ error: "expected MiB as a whole number" })
    .min(256, { error: "expected at least 256 (MiB)" })
    .optional(),
  cpus: z.int({ error: "expected a number of processors" }).min(1).max(64).optional(),
});

export const inventorySchema = exactly({
  domain: domainName,
  public_address: ipv4,
  control: z.array(network, { error: "expected a list of addresses and networks" }).optional(),
  ssh: ssh.optional(),
  machine: machine.optional(),
  vars: vars.optional(),
  hosts: z
    .record(
      hostName,
      exactly({
        address: ipv4,
        ssh: ssh.optional(),
        machine: machine.optional(),
        vars: vars.optional(),
      }),
      {
        error: "expected hosts by name, for example web-01: { address: 192.168.56.11 }",
      },
    )
    .refine((hosts) => Object.keys(hosts).length > 0, { error: "expected at least one host" }),
  groups: z.record(
    hostName,
    exactly({
      hosts: z.array(z.string(), { error: "expected a list of host names" }),
      vars: vars.optional(),
    }),
    { error: "expected groups by name, for example web: { hosts: [web-01] }" },
  ),
});

export type InventoryFile = z.infer<typeof inventorySchema>;
export type SshSettings = z.infer<typeof ssh>;

/**
 * Problems that a schema cannot express: an address used twice, a group that is named like a host or `all`, a group
 * without hosts or with an unknown host.
 */
export function problems(data: InventoryFile): { path: string; problem: string }[] {
  return [...addressProblems(data), ...groupProblems(data)];
}

// --- internal ---

function addressProblems(data: InventoryFile) {
  const owners = new Map<string, string>([[data.public_address, "public_address"]]);
  return Object.entries(data.hosts).flatMap(([name, { address }]) => {
    const owner = owners.get(address);
    owners.set(address, `hosts/${name}`);
    if (owner === undefined) return [];
    return [
      {
        path: `hosts/${name}/address`,
        problem: `found "${address}", which is already ${owner}; expected an address of its own`,
      },
    ];
  });
}

function groupProblems(data: InventoryFile) {
  const known = Object.keys(data.hosts);
  return Object.entries(data.groups).flatMap(([group, { hosts }]) => {
    const path = `groups/${group}/hosts`;
    if (group === "all" || known.includes(group))
      return [
        {
          path: `groups/${group}`,
          problem: `found a group named "${group}", which is ${group === "all" ? "every host" : "a host"} already; expected another name`,
        },
      ];
    if (hosts.length === 0)
      return [{ path, problem: "found no hosts; expected at least one, or no such group" }];
    return hosts.flatMap((host, index) => {
      if (hosts.indexOf(host) !== index)
        return [{ path: `${path}/${index}`, problem: `found "${host}" twice; expected it once` }];
      if (known.includes(host)) return [];
      return [
        {
          path: `${path}/${index}`,
          problem: `found "${host}"${didYouMean(host, known)}; expected a host of this file: ${known.join(", ")}`,
        },
      ];
    });
  });
}
