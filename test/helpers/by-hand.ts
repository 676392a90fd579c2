/** Shell for what people do to machines by hand. */

/**
 * Changes a file, makes a daemon read it, and puts the file back with its old time. The pause is for daemons that read
 * later than their command returns.
 */
export function strayed(file: string, edit: string, read: string): string {
  const reread = file.startsWith("/etc/systemd/system/") ? " && systemctl daemon-reload" : "";
  return `cp -p ${file} /root/kept && ${edit} ${file} && { ${read}; sleep 0.5; cp -p /root/kept ${file}; }${reread}`;
}

/** Overrides a unit as `systemctl edit` does. */
export function override(unit: string, content: string, then = "true"): string {
  const folder = `/etc/systemd/system/${unit}.service.d`;
  return `mkdir -p ${folder} && printf '${content}\\n' >${folder}/override.conf && systemctl daemon-reload && ${then}`;
}

/** Gives a command to HAProxy over its socket. */
export function tell(command: string): string {
  const connect =
    'socket(my $haproxy, 1, 1, 0); connect($haproxy, pack("Sa108", 1, "/run/haproxy/admin.sock")) or die';
  return `perl -e '${connect}; syswrite $haproxy, "${command}\\n"; print <$haproxy>'`;
}

/** Makes Nginx's next reloads last until `wait` ends, and forbids systemd to lose patience. */
export function slowReload(wait: string): string {
  const wrapper = `#!/bin/sh\\ncase "$*" in *"-s reload"*) ${wait};; esac\\nexec /usr/sbin/nginx.away "$@"\\n`;
  return `mkdir -p ${SLOW} && printf '[Service]\\nTimeoutStartSec=infinity\\n' >${SLOW}/quintet-slow.conf && systemctl daemon-reload
    mv /usr/sbin/nginx /usr/sbin/nginx.away && printf '${wrapper}' >/usr/sbin/nginx && chmod 755 /usr/sbin/nginx`;
}

/** Takes back what `slowReload` did. */
export const usualReload = () =>
  `mv -f /usr/sbin/nginx.away /usr/sbin/nginx; rm -f ${SLOW}/quintet-slow.conf; systemctl daemon-reload`;

/** How a daemon is made to run with another file: the edit, what makes it read it, and the handler that is due then. */
export interface Misread {
  readonly who: string;
  readonly file: string;
  readonly edit: string;
  readonly read: string;
  readonly due: string;
}

/** Daemons of a web machine. */
export const MISREAD: readonly Misread[] = [
  {
    who: "nginx",
    file: "/etc/nginx/nginx.conf",
    edit: "sed -i s/keepalive_timeout/#keepalive_timeout/",
    read: "systemctl reload nginx",
    due: "reload nginx",
  },
  {
    who: "NSD",
    file: "/etc/nsd/zones/foobar.com.zone",
    edit: "sed -i s/192.168.56.10/192.168.56.99/",
    read: "systemctl restart nsd",
    due: "reload nsd",
  },
  {
    who: "HAProxy",
    file: "/etc/haproxy/haproxy.cfg",
    edit: "sed -i s/roundrobin/leastconn/",
    read: "systemctl reload haproxy",
    due: "reload haproxy",
  },
  {
    who: "keepalived",
    file: "/etc/keepalived/keepalived.conf",
    edit: "sed -i s/priority/#priority/",
    read: "systemctl reload keepalived",
    due: "reload keepalived",
  },
  {
    who: "the application",
    file: "/etc/foobar/app.env",
    edit: "sed -i s/^DOMAIN=.*/DOMAIN=www.elsewhere.example/",
    read: "systemctl restart foobar.service",
    due: "restart foobar.service",
  },
  {
    who: "the journal",
    file: "/etc/systemd/journald.conf.d/quintet.conf",
    edit: "sed -i s/=.*M/=9M/",
    read: "systemctl restart systemd-journald",
    due: "restart systemd-journald",
  },
  {
    who: "a unit",
    file: "/etc/systemd/system/nsd.service.d/quintet.conf",
    edit: "sed -i s/^ProtectHome=.*/ProtectHome=no/",
    read: "systemctl daemon-reload; systemctl restart nsd",
    due: "restart nsd",
  },
];

/** MySQL's certificate, in place of which it gets another one. */
export const MISREAD_BY_MYSQL: Misread = {
  who: "MySQL",
  file: "/etc/mysql/tls/server.pem",
  edit: "openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=x -keyout /root/key -out /root/cert 2>/dev/null && cat /root/cert /root/key >",
  read: "systemctl reload mysql",
  due: "reload mysql",
};

// --- internal ---

const SLOW = "/run/systemd/system/nginx.service.d";
