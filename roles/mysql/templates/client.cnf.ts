import { type Secret, text } from "../../../engine/index.ts";

/** A MySQL client's option file: how a script logs in without a password in its arguments. */
export default ({ user, password }: { user: string; password: Secret }) => text`
  [client]
  user = ${user}
  password = "${password}"
  ssl-mode = REQUIRED
  connect-timeout = 3
`;
