/** Paths that mysqld's AppArmor profile lets it read. The certificate's file holds its key, too. */
export const TLS = {
  authority: "/etc/mysql/tls/authority.pem",
  certificate: "/etc/mysql/tls/server.pem",
} as const;
