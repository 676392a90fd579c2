import { type Host, observers, resource, sh } from "../../../engine/index.ts";
import type { Birth } from "../members.ts";
import { peerUrl, WAL } from "../places.ts";
import { admitted } from "../shell/join.ts";
import { STOPPED, started } from "../shell/start.ts";

export interface MemberOptions {
  birth: Birth;
  host: Host;
  members: readonly Host[];
  /** Keeps members of another site's store away. */
  token: string;
  patience: number;
}

/** A member of the store: one with data. A machine without data founds the store with the others, or joins it. */
export const member = resource<MemberOptions>("member", (_name, { birth, ...options }) => {
  const { host, members, token, patience } = options;
  if (birth.how === "unsure")
    return {
      check: sh`[ -d ${WAL} ] || { echo ${birth.why}; exit 2; }`,
      apply: sh`:`,
    };
  const cluster = members.map((one) => `${one.name}=${peerUrl(one)}`).join(",");
  const others = members.filter(({ name }) => name !== host.name);
  return {
    expects: [
      {
        observe: { observer: observers.path, key: WAL },
        is: "d:*",
        like: true,
        label: birthLabel(birth.how),
      },
    ],
    apply:
      birth.how === "found"
        ? sh`
          ${STOPPED}
          cluster=${cluster}
          ${started("new", token, patience)}`
        : sh`
          ${STOPPED}
          ${admitted(host, others, patience)}
          ${started("existing", token, patience)}`,
  };
});

// --- internal ---

const birthLabel = (how: "found" | "join") => (how === "found" ? "founded with data" : "joined with data");
