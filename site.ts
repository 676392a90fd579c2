import { play, site } from "./engine/index.ts";
import { app } from "./roles/app/index.ts";
import { base } from "./roles/base/index.ts";
import { dns } from "./roles/dns/index.ts";
import { etcd } from "./roles/etcd/index.ts";
import { failover } from "./roles/failover/index.ts";
import { firewall } from "./roles/firewall/index.ts";
import { haproxy } from "./roles/haproxy/index.ts";
import { hardening } from "./roles/hardening/index.ts";
import { keepalived } from "./roles/keepalived/index.ts";
import { mysql } from "./roles/mysql/index.ts";
import { nginx } from "./roles/nginx/index.ts";
import { replication } from "./roles/replication/index.ts";
import { schema } from "./roles/schema/index.ts";

/** What the machines are, in order. Plays without a barrier between them go to a host as one program. */
export default site(
  play("all", [base(), firewall(), hardening()]),
  play("quorum", [etcd()]),
  play("database", [mysql(), failover(), replication(), schema()]),
  play("web", [app(), nginx()]),
  play("balancer", [haproxy(), dns(), keepalived()]),
);
