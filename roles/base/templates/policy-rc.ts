import { type Text, text } from "../../../engine/index.ts";

/**
 * Debian starts a service when it installs it, with the package's configuration. During a run this script forbids that:
 * apt resources set QUINTET_RUN. It forbids to stop services, too, but not those of a package that the run removes.
 */
export default (): Text => text`
  #!/bin/sh
  # Written by Quintet (role base); changes made here are overwritten.
  case " \${QUINTET_REPLACED:-} " in *" \${DPKG_MAINTSCRIPT_PACKAGE:-none} "*) exit 0 ;; esac
  [ -z "\${QUINTET_RUN:-}" ] || exit 101
`;
