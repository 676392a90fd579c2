import { resource } from "../model/resource.ts";
import { type Shell, sh } from "../template/shell.ts";

export interface RequirementOptions {
  /** Exits 0 when it is met. */
  met: Shell;
  /** What was expected, and what to do; may be followed by what `found` prints. */
  otherwise: string;
  found?: Shell;
}

/** Something that a host must be and that no run can make it: where it is not so, the host's run stops and says why. */
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
