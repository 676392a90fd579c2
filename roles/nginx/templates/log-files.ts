import { text } from "../../../engine/index.ts";

/**
 * For systemd-tmpfiles, at boot and before Nginx starts or reloads: the directory and the files of the log. The directory
 * is root's, as Debian has it: if it were www-data's, a broken-in Nginx could put links there for logrotate to follow.
 */
export default ({ logs }: { logs: string }) => text`
  # Written by Quintet (role nginx); changes made here are overwritten.
  d ${logs} 0755 root adm -
  f ${logs}/access.log 0640 www-data adm -
  f ${logs}/error.log 0640 www-data adm -
`;
