import { type Host, type Text, text } from "../../../engine/index.ts";

interface KeepalivedOptions {
  host: Host;
  balancers: readonly Host[];
  publicAddress: string;
  health: string;
  virtualRouterId: number;
  advertSeconds: number;
  checkSeconds: number;
}

/**
 * Configuration of keepalived. Nobody preempts: the address stays where it is, so that a balancer which comes and goes
 * does not interrupt visitors each time. The address is a /32, so that it does not depend on the machine's own one.
 */
export default ({ host, balancers, publicAddress, health, ...vars }: KeepalivedOptions): Text => text`
  # Written by Quintet (role keepalived); changes made here are overwritten.

  # INTERFACE is the one that has this machine's address. It is found each time keepalived starts.
  includer /run/keepalived/interface.conf

  global_defs {
      router_id ${host.name}
      enable_script_security
      script_user keepalived_script
      vrrp_version 3
      vrrp_garp_master_delay 1
      vrrp_garp_master_repeat 5
      vrrp_garp_master_refresh 30
  }

  # If HAProxy is gone, the second check notices it. If it is only slow because its machine is busy, it gets longer: if
  # all were taken for dead, no balancer would have the address.
  vrrp_script haproxy {
      script "/usr/bin/curl --fail --silent --max-time ${timeout(vars) - 0.5} --output /dev/null ${health}"
      interval ${vars.checkSeconds}
      timeout ${timeout(vars)}
      fall 2
      rise 2
      init_fail
  }

  vrrp_instance public {
      state BACKUP
      nopreempt
      interface $INTERFACE
      virtual_router_id ${vars.virtualRouterId}
      priority ${200 - balancers.indexOf(host)}
      advert_int ${vars.advertSeconds}
      ${balancers.length > 1 && peers(host, balancers)}
      virtual_ipaddress {
          ${publicAddress}/32 dev $INTERFACE
      }
      track_script {
          haproxy
      }
  }
`;

// --- internal ---

/** Seconds for one health check. */
const timeout = ({ checkSeconds }: Pick<KeepalivedOptions, "checkSeconds">) => Math.max(3, checkSeconds);

/** VRRP has no passwords. A message counts only if it comes from a peer in the same network (TTL 255). */
function peers(host: Host, balancers: readonly Host[]): Text {
  const others = balancers.filter((balancer) => balancer !== host);
  return text`
    unicast_src_ip ${host.address}
    unicast_peer {
        ${others.map(({ name, address }) => `${address} min_ttl 255 max_ttl 255 # ${name}`)}
    }
  `;
}
