import { CompileError, type Context, fact, type Host, type Inventory, sh } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { BIRTH, WAL } from "./places.ts";

/** What one machine of the quorum says about itself. */
export interface MemberState {
  /** It has a member's data. */
  readonly data: boolean;
  /** It is being founded: since then it has not had a leader. */
  readonly founding: boolean;
}

export const memberState = fact(
  "store member",
  sh`
    [ ! -d ${WAL} ] || echo data
    ! grep -qs STATE=new ${BIRTH} || echo founding`,
  (output): MemberState => {
    const words = output.split("\n");
    return { data: words.includes("data"), founding: words.includes("founding") };
  },
);

/** A machine of the quorum. No state if it could not be reached. */
export interface Member {
  readonly name: string;
  readonly state: MemberState | undefined;
}

/** How a machine without data becomes a member: a new store is founded, or it joins the one that is there. */
export type Birth = { readonly how: "found" | "join" } | { readonly how: "unsure"; readonly why: string };

/**
 * Decides by what all machines say. A store that has once had a leader is never founded a second time: who has no data
 * joins. A founding that broke off goes on. Who cannot be reached may have the store's data, so nothing is founded then.
 */
export function birthOf(members: readonly Member[]): Birth {
  if (members.some(({ state }) => state?.data && !state.founding)) return { how: "join" };
  const away = members.filter(({ state }) => state === undefined).map(({ name }) => name);
  if (away.length === 0) return { how: "found" };
  return {
    how: "unsure",
    why: `found no store on the machines that can be reached, and ${away.join(" and ")} cannot be: ${away.length > 1 ? "they" : "it"} may have it, and a second one must not be founded. Bring ${away.join(" and ")} back and run again, or take ${away.length > 1 ? "them" : "it"} out of the group quorum.`,
  };
}

/** The hosts of the group `quorum`. Throws CompileError for a number of which no majority is worth having. */
export function quorumOf({
  inventory,
  hosts,
}: Pick<Context<unknown>, "hosts"> & { inventory: Pick<Inventory, "file"> }): readonly Host[] {
  const members = hosts("quorum");
  if ([1, 3, 5].includes(members.length)) return members;
  const found = members.length > 0 ? `: ${members.map(({ name }) => name).join(", ")}` : "";
  throw new CompileError(
    `${inventory.file} › groups/quorum/hosts: found ${members.length} hosts${found}; expected 1, 3 or 5. The store works while more than half of its members do: three survive the loss of one, five of two. One more member than that survives no more. Take one out or add one.`,
  );
}

/** All members wait for each other as long as the most patient of them. */
export function patienceOf(members: readonly Host[], varsOf: Context<unknown>["varsOf"]): number {
  return Math.max(...members.map((member) => varsOf(baseVars, member).patience));
}
