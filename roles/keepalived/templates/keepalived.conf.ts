import { type Host, type Text, text } from "../../../engine/index.ts";

interface KeepalivedOptions {
  host: Host;
  balancers: readonly Host[];
  publicAddress: string;
  virtualRouterId: number;
  /** Seconds. */
  advert: number;
  /** Seconds between two checks of HAProxy. */
  check: number;
  programs: { readonly haproxyAnswers: string; readonly resetConnections: string };
}

/**
 * Configuration of keepalived. Nobody preempts: the address stays where it is, so that a balancer which comes and goes
 * does not interrupt visitors each time. The address is a /32, so that it does not depend on the machine's own one. A
 * single balancer has the address whatever happens, because nobody else could take it.
 */
export default ({ balancers, publicAddress, ...options }: KeepalivedOptions): Text => text`
  # Written by Quintet (role keepalived); changes made here are overwritten.

  # INTERFACE is the one that has this machine's address. It is found each time keepalived starts.
  includer /run/keepalived/interface.conf

  global_defs {
      router_id ${options.host.name}
      enable_script_security
      script_user keepalived_script
      vrrp_version 3
      vrrp_garp_master_delay 1
      vrrp_garp_master_repeat 5
      vrrp_garp_master_refresh 30
  }
  ${balancers.length > 1 && watching(options)}

  vrrp_instance public {
      state BACKUP
      nopreempt
      interface $INTERFACE
      virtual_router_id ${options.virtualRouterId}
      priority ${priorityOf(options.host, balancers)}
      advert_int ${options.advert}
      ${balancers.length > 1 && peers(options.host, balancers)}
      virtual_ipaddress {
          ${publicAddress}/32 dev $INTERFACE
      }
      ${balancers.length > 1 && watched(options)}
  }
`;

// --- internal ---

/**
 * Who is next waits for (256 - priority) / 256 of an advert interval after the one in front has said that it leaves. So
 * the priorities begin high. They are far enough apart for one to hear the other before it takes the address too.
 */
function priorityOf(host: Host, balancers: readonly Host[]): number {
  const step = Math.max(1, Math.min(10, Math.floor(253 / balancers.length)));
  return 254 - step * balancers.indexOf(host);
}

/** One check goes on for most of its interval, so that keepalived hears at once that HAProxy has ended. */
function watching({ check, programs }: KeepalivedWatch): Text {
  return text`

    # Fails at once if HAProxy is gone. If it is only slow because its machine is busy, it gets longer: if all were taken
    # for dead, no balancer would have the address.
    vrrp_script haproxy {
        script "${programs.haproxyAnswers}"
        interval ${check}
        timeout ${5 * check}
        fall 1
        rise 2
        init_fail
    }
  `;
}

function watched({ programs }: KeepalivedWatch): Text {
  return text`
    track_script {
        haproxy
    }
    notify_backup "${programs.resetConnections}" root
    notify_fault "${programs.resetConnections}" root
  `;
}

type KeepalivedWatch = Pick<KeepalivedOptions, "check" | "programs">;

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
