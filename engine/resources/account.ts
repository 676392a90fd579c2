import { resource } from "../model/resource.ts";
import { group as groupEntry, passwd } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";

/** A system group. */
export const group = resource<object>("group", (name) => ({
  certain: true,
  brings: ["accounts"],
  expects: [{ observe: { observer: groupEntry, key: name }, is: `${name}:x:*`, like: true, label: "group" }],
  apply: sh`groupadd --system ${name}`,
}));

export interface UserOptions {
  /** @default "/nonexistent" */
  home?: string;
  /** @default "/usr/sbin/nologin" */
  shell?: string;
}

/** A system account with a group of its own. Nobody logs in to it. */
export const user = resource<UserOptions>(
  "user",
  (name, { home = "/nonexistent", shell = "/usr/sbin/nologin" }) => ({
    certain: true,
    brings: ["accounts"],
    expects: [
      {
        observe: { observer: passwd, key: name },
        is: `${name}:x:*:${home}:${shell}`,
        like: true,
        label: "account",
      },
    ],
    apply: sh`
    if getent passwd ${name} >/dev/null; then
      usermod --home ${home} --shell ${shell} ${name}
    else
      getent group ${name} >/dev/null && set -- --gid ${name} || set -- --user-group
      useradd --system "$@" --no-create-home --home-dir ${home} --shell ${shell} ${name}
    fi`,
  }),
);
