import type { Shell } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import type { Observation } from "./observation.ts";

/** What an observation must show. */
export interface Expectation {
  readonly observe: Observation;
  /** The exact value. With `like`, a shell pattern that the value matches. */
  readonly is: string;
  readonly like?: boolean;
  /** Another value (or pattern) that is as good, or several. */
  readonly or?: string | readonly string[];
  /** Values that may be shown because something is missing. If a planned change brings it, a plan says "unknown". */
  readonly pending?: readonly Pending[];
  /** Name of the value in diffs. Without a label the value is not shown. */
  readonly label?: string;
}

/** What is missing: "accounts", "packages", "unit foobar.socket"; and shell patterns of the values shown until then. */
export interface Pending {
  readonly on: string;
  readonly shows: readonly string[];
}

/** A file on the control machine that is sent only if a host asks for it. Size in bytes. */
export interface Blob {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
}

/** Runs once, after all resources of its role, if one that notifies it has changed. */
export interface Handler {
  readonly name: string;
  readonly run: Shell;
  /** Name of a handler that has nothing left to do after this one. It always comes after this one. */
  readonly covers?: string;
  /** The unit that it makes read its files again. */
  readonly unit?: HandledUnit;
}

/**
 * A unit and how it is made to read its files again. If it runs with files as they were before, its handler is due, though
 * nothing notifies it: somebody has reloaded it with other files and put these back.
 */
export interface HandledUnit {
  readonly id: string;
  readonly verb: "reload" | "restart";
  /** Files for which the role compares in a better way what runs. */
  readonly except?: readonly string[];
}

/** Options that every resource takes, whatever its type. */
export interface Keywords {
  /** Handlers to run when this changes. The host notes them in files, so that a run that dies does not lose them. */
  readonly notify?: Handler | readonly Handler[];
  /** Resources that come before this one. While one of them is only planned, a plan may call this one `unknown`. */
  readonly needs?: Resource | readonly Resource[];
  /** Comes before the packages of all roles: their installation depends on it, or they must never run without it. */
  readonly first?: boolean;
}

/** How a resource type checks whether a host is as described, and how it makes it so. */
export interface Description {
  /** What must be observed. All observations of a host are made together. */
  readonly expects?: readonly Expectation[];
  /** Runs if all expectations hold. Exits 0 if it is so, 1 if not, anything else if it cannot tell. */
  readonly check?: Shell;
  /** Makes it so. Runs with `set -eu` after a check that said no; the check runs again afterwards. */
  readonly apply: Shell;
  /** Prints what apply would change. The expectations that do not hold are always shown before it. */
  readonly diff?: Shell;
  /** Runs every second before apply. Exits 0 if ready, otherwise prints what it waits for. Fails after `seconds`. */
  readonly waits?: { readonly until: Shell; readonly seconds: number };
  /** True if what differs now will surely change, even while something that it needs is only planned. */
  readonly certain?: boolean;
  /** Files that it writes and that programs read: a change of one is seen by its time. */
  readonly writes?: readonly string[];
  /** Content for diff and apply: `content_$n` prints it. Of several, `content_$n 0` prints the first. */
  readonly content?: Text | readonly Text[];
  /** That content by its path, if there are several. */
  readonly files?: Readonly<Record<string, Text>>;
  /** A file of the control machine. apply finds it at "$blob". */
  readonly blob?: Blob;
  /**
   * Arguments for one apply that serves all resources of the same kind: packages are installed in one transaction. In a
   * plan `foresee` runs with the arguments of those that differ. If it fails, apply would refuse them, for what it prints.
   */
  readonly together?: { readonly kind: string; readonly args: readonly string[]; readonly foresee?: Shell };
  /**
   * For a change that may cut the host off. After apply the control machine logs in again, on a new connection. If that
   * works, `keep` makes the change permanent. Otherwise `undo` takes it back, and the resource has failed.
   */
  readonly trial?: { readonly keep: Shell; readonly undo: Shell };
  /** What its change may bring, by the names of `Pending.on`. */
  readonly brings?: readonly string[];
  /** Comes before everything else of a host: packages, their sources and the drop-ins of their units. */
  readonly first?: boolean;
}

/** One thing that a host should be. */
export interface Resource extends Description {
  /** All others of its host stand on it: where it fails, nothing else is done. */
  readonly foundation?: boolean;
  /** Type and name, as reports show it: `file[/etc/motd]`. Unique on a host. */
  readonly id: string;
  readonly notify: readonly Handler[];
  readonly needs: readonly Resource[];
}

/**
 * Defines a resource type with options of its own; the keywords that all resources take are added here. The resource
 * throws CompileError for a name with a tab, a line break or a NUL byte.
 */
export function resource<Options extends object>(
  type: string,
  describe: (name: string, options: Options) => Description,
): (
  name: string,
  ...options: Partial<Options> extends Options ? [(Options & Keywords)?] : [Options & Keywords]
) => Resource {
  return (name, ...rest) => {
    const { notify, needs, first, ...options } = (rest[0] ?? {}) as Options & Keywords;
    if (/[\t\n\0]/.test(name))
      throw new CompileError(
        `${type}[${JSON.stringify(name)}]: a name cannot hold a tab, a line break or a NUL byte`,
      );
    return {
      ...describe(name, options as unknown as Options),
      ...(first !== undefined && { first, foundation: first }),
      id: `${type}[${name}]`,
      notify: asList(notify),
      needs: asList(needs),
    };
  };
}

/** Makes a handler. Reports show its name, and notifications of the same name run it once. */
export function handler(name: string, run: Shell, more: Pick<Handler, "covers" | "unit"> = {}): Handler {
  return { name, run, ...more };
}

// --- internal ---

function asList<Item>(items: Item | readonly Item[] | undefined): readonly Item[] {
  return items === undefined ? [] : Array.isArray(items) ? (items as readonly Item[]) : [items as Item];
}
