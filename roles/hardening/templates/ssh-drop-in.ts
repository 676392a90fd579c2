import { text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";

/**
 * For machines where everyone may try to log in. sshd notes each attempt in several lines; beyond the limit it is silent.
 * A login is still noted: what comes after it is of a session of its own, for which systemd has another unit.
 */
export default () => text`
  # Written by Quintet (role hardening); changes made here are overwritten.
  [Service]
  ${fewLines()}
`;
