import type { Host } from "../../../engine/model/inventory/index.ts";

/** What the configurations by hand are made of, for one host. */
export interface ByHand {
  readonly tls: boolean;
  readonly domain: string;
  readonly publicAddress: string;
  readonly address: string;
  /** Nginx's own. */
  readonly port: number;
  readonly app: number;
  readonly statsPort: number;
  readonly servers: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly balancers: readonly Host[];
}
