import { type Text, text } from "../../../engine/index.ts";
import { fewLines } from "../../shared/few-lines.ts";
import { sandbox } from "../../shared/sandbox.ts";

/** NSD starts as root: it binds its port, changes its root to its own directory and becomes the user nsd. */
export default (): Text => text`
  # Written by Quintet (role dns); changes made here are overwritten.
  [Service]
  ${fewLines()}
  ${sandbox({
    capabilities: ["CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_SYS_CHROOT"],
    families: ["AF_NETLINK"],
    writes: ["/var/lib/nsd", "/run/nsd"],
    without: ["@resources"],
  })}
`;
