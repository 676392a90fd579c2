import { type Secret, text } from "../../../engine/index.ts";
import { TLS } from "../tls.ts";

/** A MySQL client's option file: how a script logs in without a password in its arguments. */
export default ({ user, password }: { user: string; password: Secret }) => text`
  [client]
  user = ${user}
  password = "${password}"
  ssl-mode = VERIFY_IDENTITY
  ssl-ca = ${TLS.authority}
  connect-timeout = 3
`;
