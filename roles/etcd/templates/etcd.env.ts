import { type Host, type Text, text } from "../../../engine/index.ts";
import { storeClientName, storeUrl } from "../../shared/store.ts";
import { memberName } from "../certificates.ts";
import { DATA, HTTP, peerUrl, TLS } from "../places.ts";
import type { Vars } from "../vars.ts";

interface Options extends Vars {
  host: Host;
  domain: string;
  /** How many times longer than usual the members wait for each other. */
  patience: number;
}

/**
 * Configuration of a member, as environment variables: in etcd's YAML what only counts at the first start could not stand
 * apart from the rest. The JSON gateway is off: it knows no users by certificate.
 */
export default ({ host, domain, patience, heartbeatMs, electionMs, quotaMegabytes }: Options): Text => text`
  # Written by Quintet (role etcd); changes made here are overwritten.
  ETCD_NAME=${host.name}
  ETCD_DATA_DIR=${DATA}
  ETCD_LISTEN_PEER_URLS=${peerUrl(host)}
  ETCD_INITIAL_ADVERTISE_PEER_URLS=${peerUrl(host)}
  ETCD_LISTEN_CLIENT_URLS=${storeUrl(host)}
  ETCD_ADVERTISE_CLIENT_URLS=${storeUrl(host)}
  # HTTP on a port of its own: on one port it would slow gRPC down. It has metrics and health.
  ETCD_LISTEN_CLIENT_HTTP_URLS=${HTTP}

  # Both sides show a certificate. A client is the user that its certificate's subject names.
  ETCD_TRUSTED_CA_FILE=${TLS.authority}
  ETCD_CERT_FILE=${TLS.member}
  ETCD_KEY_FILE=${TLS.member}
  ETCD_CLIENT_CERT_AUTH=true
  ETCD_CLIENT_CERT_ALLOWED_HOSTNAME=${storeClientName(domain)}
  ETCD_PEER_TRUSTED_CA_FILE=${TLS.authority}
  ETCD_PEER_CERT_FILE=${TLS.member}
  ETCD_PEER_KEY_FILE=${TLS.member}
  ETCD_PEER_CLIENT_CERT_AUTH=true
  ETCD_PEER_CERT_ALLOWED_HOSTNAME=${memberName(domain)}
  ETCD_TLS_MIN_VERSION=TLS1.3
  ETCD_ENABLE_GRPC_GATEWAY=false

  ETCD_HEARTBEAT_INTERVAL=${patience * heartbeatMs}
  ETCD_ELECTION_TIMEOUT=${patience * electionMs}

  # A few keys that change now and then. Without compaction their history would fill the quota within months.
  ETCD_AUTO_COMPACTION_MODE=periodic
  ETCD_AUTO_COMPACTION_RETENTION=1h
  ETCD_QUOTA_BACKEND_BYTES=${quotaMegabytes * 1024 * 1024}
  ETCD_SNAPSHOT_COUNT=10000
  ETCD_MAX_SNAPSHOTS=2
  ETCD_MAX_WALS=2

  # A member whose data differ from the others' does not start.
  ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=true
  ETCD_LOG_LEVEL=warn
`;
