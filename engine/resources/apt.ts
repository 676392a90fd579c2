import { resource } from "../model/resource.ts";
import { dpkg } from "../observers/linux.ts";
import { lines, sh } from "../template/shell.ts";
import { CompileError } from "../util/errors.ts";
import { aptIsFree, FRESH_LISTS } from "./apt-get.ts";
import { ROOM_FOR_APT } from "./apt-room.ts";
import { NOT_INSTALLED, PRESENT } from "./removals.ts";
import { TRANSACTION } from "./transaction.ts";

export interface AptOptions {
  /** Exact version, or one with a star: `1.26.*`. @default whatever is installed, else the newest */
  version?: string;
  /** Packages that are removed for it, if they are installed: those it conflicts with. @default none may be removed */
  replaces?: string | readonly string[];
}

/**
 * An installed Debian package. All packages of a host are installed in one transaction, before its configuration. That
 * starts no service (see the base role's policy-rc.d): a service starts with its own configuration or not at all. If a
 * package's own script fails, it is tried once more: MySQL's does not always wait for its server. If apt would remove a
 * package that no `replaces` names, the transaction is refused, in a plan too.
 */
export const apt = resource<AptOptions>("apt", (name, { version, replaces = [] }) => {
  const replaced = [replaces].flat();
  const seen = (key: string) => ({ observer: dpkg, key });
  for (const one of [name, ...replaced])
    if (!/^[a-z0-9][a-z0-9+.-]+$/.test(one))
      throw new CompileError(`apt[${name}]: expected the name of a Debian package; found "${one}"`);
  return {
    certain: true,
    brings: ["accounts", "packages"],
    first: true,
    together: {
      kind: "apt",
      args: [version ? `${name}=${version}` : name, ...replaced.map((one) => `!${one}`)],
      foresee: lines([TRANSACTION, ROOM_FOR_APT, sh`sort_out "$@"`, sh`refuse_unasked`]),
    },
    expects: [
      { observe: seen(name), is: `installed ${version ?? "*"}`, like: true, label: "package" },
      ...replaced.map((one) => ({ observe: seen(one), ...NOT_INSTALLED })),
    ],
    diff: replaced.length > 0 ? lines([PRESENT, sh`present ${replaced} | sed 's/^/removes /'`]) : sh`:`,
    waits: { seconds: 900, until: aptIsFree },
    apply: sh`
      ${TRANSACTION}
      ${ROOM_FOR_APT}
      ${FRESH_LISTS}
      sort_out "$@"
      [ -z "$may_go" ] || refuse_unasked
      get $transaction || {
        refuse_unasked
        [ -n "$(dpkg --audit)" ] || exit 1
        echo 'A package is unpacked, but its own script failed; trying that once more.'
        get $transaction
      }`,
  };
});
