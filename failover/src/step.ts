/**
 * One step of a manager. Each that changes the store compares: it does nothing if `sync` has changed since it was read.
 * Each that changes MySQL can be done twice.
 */
export type Step =
  | { readonly do: "nothing"; readonly why: string }
  /** Stop receiving. From then on the old primary gets no confirmation from here. */
  | { readonly do: "revoke" }
  /** `sync` becomes { term + 1, me, null } and the lease is mine, in one transaction, if nobody holds it. */
  | { readonly do: "take" }
  /** The lease is mine again, if nobody holds it and `sync` is unchanged. */
  | { readonly do: "lead again" }
  /** Give the lease up, and say to whom. */
  | { readonly do: "resign"; readonly heir: string }
  /** Apply all that was received, forget the source, and take writes. With `waits` commits wait from the first one on. */
  | { readonly do: "open"; readonly waits: boolean }
  /** Take no writes any more, within a moment. If a commit waits for its confirmation, it fails and nothing has changed. */
  | { readonly do: "close" }
  /** End MySQL at once (SIGKILL). systemd starts it again, closed. */
  | { readonly do: "kill" }
  /** First `sync` becomes { term, me, null }, even if it is so already. Then commits no longer wait. */
  | { readonly do: "go on alone" }
  /** Let only this other database receive from here, or all of them: nobody else can confirm a commit then. */
  | { readonly do: "admit"; readonly only: string | null }
  /** Let commits go: a replica has nobody to wait for, and its applier would wait for ever. */
  | { readonly do: "let go" }
  /** Make commits wait for a confirmation. */
  | { readonly do: "wait" }
  /** Write something of one's own, and wait until it is confirmed, for a moment. */
  | { readonly do: "probe" }
  /** `sync` becomes { term, me, standby }. */
  | { readonly do: "publish"; readonly standby: string }
  /** Receive from this database. */
  | { readonly do: "attach"; readonly to: string }
  /** Throw all data away, and copy this database's. */
  | { readonly do: "clone"; readonly from: string };
