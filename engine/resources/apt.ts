import { resource } from "../model/resource.ts";
import { dpkg } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { CompileError } from "../util/errors.ts";
import { APT, aptIsFree } from "./apt-get.ts";

export interface AptOptions {
  /** Exact version, or one with a star: `1.26.*`. @default whatever is installed, else the newest */
  version?: string;
}

/**
 * An installed Debian package. All packages of a host are installed in one transaction, before its configuration. That
 * starts no service (see the base role's policy-rc.d): a service starts with its own configuration or not at all. If a
 * package's own script fails, it is tried once more: MySQL's does not always wait for its server.
 */
export const apt = resource<AptOptions>("apt", (name, { version }) => {
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name))
    throw new CompileError(`apt[${name}]: expected the name of a Debian package`);
  return {
    certain: true,
    brings: ["accounts", "packages"],
    first: true,
    together: { kind: "apt", args: [version ? `${name}=${version}` : name] },
    expects: [
      {
        observe: { observer: dpkg, key: name },
        is: `installed ${version ?? "*"}`,
        like: true,
        label: "package",
      },
    ],
    waits: { seconds: 900, until: aptIsFree },
    apply: sh`
      ${APT}
      [ -e "$work/apt-fresh" ] || apt -o APT::Update::Error-Mode=any update
      : >"$work/apt-fresh"
      get() { apt --no-install-recommends --allow-downgrades install "$@"; }
      get "$@" || {
        [ -n "$(dpkg --audit)" ] || exit 1
        echo 'A package is unpacked, but its own script failed; trying that once more.'
        get "$@"
      }`,
  };
});
