import { type Text, text } from "../../../engine/index.ts";

/**
 * Updates come at any hour, restarts must not: with this, policy-rc.d keeps packages from restarting what they replace.
 */
export default (): Text => text`
  # Written by Quintet (role hardening); changes made here are overwritten.
  [Service]
  Environment=QUINTET_RUN=1
`;
