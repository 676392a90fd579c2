import { resource } from "../model/resource.ts";
import { type Shell, sh } from "../template/shell.ts";

export interface RequirementOptions {
  /** Exits 0 if it is met. */
  met: Shell;
  /** What was expected, and what to do. What `found` prints follows it. */
  otherwise: string;
  found?: Shell;
}

/** Something that a host must be and that no run can change. If it is not met, the host's run stops and says why. */
export const requirement = resource<RequirementOptions>(
  "requirement",
  (_name, { met, otherwise, found }) => ({
    check: sh`
    {
      ${met}
    } && exit 0
    echo ${otherwise}
    ${found ?? sh`:`}
    exit 2`,
    apply: sh`:`,
  }),
);
