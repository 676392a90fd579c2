import { type Shell, sh } from "./shell.ts";

/**
 * A way to observe many things of one sort at once. `gather` is the body of a shell function: it gets every argument
 * asked for as "$@" and prints lines `KIND<TAB>KEY<TAB>VALUE`; what it says nothing of is absent (empty).
 */
export interface LookKind {
  readonly name: string;
  readonly gather: Shell;
}

/** One thing to observe. Looks of one kind are answered together, before anything is changed. */
export interface Look {
  readonly kind: LookKind;
  /** What the line's KEY says. */
  readonly key: string;
  /** What `gather` is asked with; the key unless given. */
  readonly args?: readonly string[];
}

/** Type, owner, group, mode and link target: `f:root:root:644:`. */
export const path: LookKind = {
  name: "path",
  gather: sh`find "$@" -maxdepth 0 -printf 'path\t%p\t%y:%u:%g:%m:%l\n' 2>/dev/null`,
};

/** SHA-256 of a file's content. With -z, or sha256sum writes backslashes of a name in its own way. */
export const sha256: LookKind = {
  name: "sha256",
  gather: sh`sha256sum -z -- "$@" 2>/dev/null | tr '\0' '\n' | while IFS= read -r line; do printf 'sha256\t%s\t%s\n' "\${line#*  }" "\${line%%  *}"; done`,
};

/** State of a Debian package, on hold or not: `installed 1.26.3-3`. */
export const dpkg: LookKind = {
  name: "dpkg",
  gather: sh`dpkg-query -W -f 'dpkg\t\${Package}\t\${db:Status-Status} \${Version}\n' "$@" 2>/dev/null`,
};

/**
 * State of a systemd unit: `active:enabled:no`, the last word being NeedDaemonReload; `unmet` in place of `inactive` when
 * systemd tried and a Condition…= of the unit said no. Of a unit that it met without its file, systemd says that it needs no
 * reload, also when the file is back: LoadState is `error` then. Answers come in the order of asking.
 */
export const unit: LookKind = {
  name: "unit",
  gather: sh`
    systemctl show --property=ActiveState,UnitFileState,LoadState,NeedDaemonReload,ConditionResult,ConditionTimestampMonotonic -- "$@" 2>/dev/null | {
      for unit in "$@"; do
        active='' enabled='' load='' reload='' met='' tried=0
        while IFS='=' read -r name value && [ -n "$name" ]; do
          case $name in
            ActiveState) active=$value ;;
            UnitFileState) enabled=$value ;;
            LoadState) load=$value ;;
            NeedDaemonReload) reload=$value ;;
            ConditionResult) met=$value ;;
            ConditionTimestampMonotonic) tried=$value ;;
          esac
        done
        [ "$active:$met" != inactive:no ] || [ "$tried" = 0 ] || active=unmet
        [ "$load" != error ] || reload=yes
        printf 'unit\t%s\t%s:%s:%s\n' "$unit" "$active" "$enabled" "$reload"
      done
    }`,
};

/** Account: `name:x:uid:gid:comment:home:shell`. */
export const passwd: LookKind = {
  name: "passwd",
  gather: sh`getent passwd -- "$@" | while IFS= read -r line; do printf 'passwd\t%s\t%s\n' "\${line%%:*}" "$line"; done`,
};

/** Group and its members: `name:x:gid:member,member`. */
export const group: LookKind = {
  name: "group",
  gather: sh`getent group -- "$@" | while IFS= read -r line; do printf 'group\t%s\t%s\n' "\${line%%:*}" "$line"; done`,
};

/**
 * Kernel setting, as it is now, with spaces for the kernel's tabs. Not by `read`: dash reads byte by byte, and of most
 * settings the kernel gives nothing after the first read.
 */
export const sysctl: LookKind = {
  name: "sysctl",
  gather: sh`
    for name in "$@"; do
      file=$name
      while :; do case $file in *.*) file=\${file%%.*}/\${file#*.} ;; *) break ;; esac; done
      printf 'sysctl\t%s\t%s\n' "$name" "$({ tr '\t' ' ' <"/proc/sys/$file"; } 2>/dev/null)"
    done`,
};
