import { describe, expect, test } from "vitest";
import { nginx } from "../../roles/nginx/index.ts";
import { fakeProbe } from "../helpers/probe.ts";
import { five, fiveWith, say, six, withWeb04 } from "../helpers/role-context.ts";

const CONF = "/etc/nginx/nginx.conf";

describe("role nginx", () => {
  test("has these resources, in this order", () => {
    const said = say(nginx(), five, "web-01");
    expect(said.ids).toEqual([
      "file[/etc/systemd/system/nginx.service.d/quintet.conf]",
      "apt[nginx]",
      "apt[logrotate]",
      "file[/etc/nginx/tls/server.pem]",
      "file[/etc/nginx/unavailable.html]",
      "directory[/var/cache/nginx]",
      "file[/etc/nginx/nginx.conf]",
      "file[/etc/tmpfiles.d/quintet-nginx.conf]",
      "file[/etc/logrotate.d/nginx]",
      "service[nginx]",
    ]);
    expect(said.notified(`file[${CONF}]`)).toEqual(["reload nginx"]);
  });

  test("writes this configuration", () => {
    expect(say(nginx(), five, "web-01").file(CONF)).toMatchInlineSnapshot(`
      "# Written by Quintet (role nginx); changes made here are overwritten. Debian's sites-enabled is not read.

      # If Nginx starts as root, it becomes this user. Only its tests start as root, the service never does.
      user www-data;
      worker_processes auto;
      worker_rlimit_nofile 8192;
      pid /run/nginx/nginx.pid;
      error_log /var/log/nginx/error.log warn;

      events {
          worker_connections 2048;
      }

      http {
          client_body_temp_path /var/cache/nginx/client_body;
          proxy_temp_path /var/cache/nginx/proxy;
          fastcgi_temp_path /var/cache/nginx/fastcgi;
          uwsgi_temp_path /var/cache/nginx/uwsgi;
          scgi_temp_path /var/cache/nginx/scgi;

          include /etc/nginx/mime.types;
          default_type application/octet-stream;
          charset utf-8;
          server_tokens off;
          sendfile on;
          tcp_nopush on;

          client_max_body_size 64k;
          client_body_buffer_size 64k;
          large_client_header_buffers 4 16k;
          client_header_timeout 10s;
          client_body_timeout 10s;
          send_timeout 10s;
          reset_timedout_connection on;

          gzip on;
          gzip_vary on;
          gzip_proxied any;
          gzip_min_length 512;
          gzip_types text/css text/plain application/javascript text/javascript application/json image/svg+xml;

          # Requests come from the balancers. They have removed what clients wrote into this header.
          set_real_ip_from 192.168.56.11; # web-01
          set_real_ip_from 192.168.56.12; # web-02
          set_real_ip_from 192.168.56.13; # web-03
          real_ip_header X-Forwarded-For;

          map $http_x_request_id $trace {
              default $http_x_request_id;
              "" $request_id;
          }
          # Each balancer asks every second. Only unusual answers are worth a line.
          map "$request_uri $status" $logged {
              default 1;
              "~^/(healthz|readyz) 200$" 0;
          }
          log_format json escape=json
              '{"time":"$time_iso8601","id":"$trace","client":"$remote_addr","balancer":"$realip_remote_addr",'
              '"method":"$request_method","host":"$host","uri":"$request_uri","status":$status,"bytes":$body_bytes_sent,'
              '"seconds":$request_time,"app_seconds":"$upstream_response_time","database":"$upstream_http_x_database",'
              '"agent":"$http_user_agent"}';
          access_log /var/log/nginx/access.log json if=$logged;

          # Pages link to static files with the name of their release. While releases change, a server may be asked for a
          # file of another release than its own. Only a file of the release that was asked for may be kept for ever.
          map "$arg_v $realpath_root" $static_cache {
              default "no-cache";
              "~^(?<release>\\w+) /srv/foobar/releases/\\k<release>/" "public, max-age=31536000, immutable";
          }

          ssl_certificate /etc/nginx/tls/server.pem;
          # The key is in the same file.
          ssl_certificate_key /etc/nginx/tls/server.pem;
          ssl_protocols TLSv1.3;
          ssl_session_cache shared:tls:2m;
          keepalive_requests 100000;

          upstream kept {
              server 127.0.0.1:3000;
              keepalive 32;
              keepalive_requests 100000;
              # Less than the application's own 75 seconds.
              keepalive_timeout 60s;
          }
          upstream new {
              server 127.0.0.1:3000;
          }

          map $request_method $changes {
              default 1;
              GET 0;
              HEAD 0;
          }
          map $changes $connection_header {
              1 close;
          }

          server {
              listen 192.168.56.11:8443 ssl default_server;
              return 421;
          }

          server {
              listen 192.168.56.11:8443 ssl;
              # The last one is what the balancers' health checks ask for.
              server_name www.foobar.com foobar.com health.internal;

              location /static/ {
                  alias /srv/foobar/current/public/;
                  # All files of all releases have the same time, so these two would not change with the release.
                  etag off;
                  if_modified_since off;
                  add_header Last-Modified "";
                  add_header Cache-Control $static_cache;
                  add_header X-Content-Type-Options nosniff;
              }

              proxy_http_version 1.1;
              proxy_set_header Host $host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
              proxy_set_header X-Request-ID $trace;
              proxy_set_header Connection $connection_header;
              # New connections wait in systemd's socket while the application restarts.
              proxy_connect_timeout 2s;
              proxy_send_timeout 4500ms;
              # The application answers within four seconds, the balancer waits for five.
              proxy_read_timeout 4500ms;

              location / {
                  # Handed on to the location below. Nginx allows no other way to choose one by the method.
                  error_page 418 = @new;
                  if ($changes) {
                      return 418;
                  }
                  proxy_pass http://kept;
              }

              location @new {
                  keepalive_timeout 0;
                  proxy_pass http://new;
              }

              error_page 502 504 /unavailable.html;
              location = /unavailable.html {
                  internal;
                  root /etc/nginx;
                  add_header Retry-After 5 always;
                  add_header Cache-Control no-store always;
              }
          }
      }
      "
    `);
  });

  test("listens on the machine's own address only", () => {
    const listens = say(nginx(), five, "web-03")
      .file(CONF)
      .match(/listen .*/g);
    expect(listens).toEqual([
      "listen 192.168.56.13:8443 ssl default_server;",
      "listen 192.168.56.13:8443 ssl;",
    ]);
  });

  test("trusts only the balancers of the inventory", () => {
    const trusted = (inventory: typeof five) =>
      say(nginx(), inventory, "web-01")
        .file(CONF)
        .match(/(?<=set_real_ip_from )[\d.]+/g);
    expect(trusted(five)).toEqual(["192.168.56.11", "192.168.56.12", "192.168.56.13"]);
    expect(trusted(six)).toEqual(["192.168.56.16"]);
    expect(trusted(fiveWith(withWeb04))).toContain("192.168.56.24");
  });

  test("uses the application's port from the inventory", () => {
    const inventory = fiveWith((yaml) => `${yaml}\nvars: { app: { port: 3100 }, nginx: { port: 8081 } }\n`);
    const said = say(nginx(), inventory, "web-01");
    expect(said.file(CONF).match(/server 127.*/g)).toEqual([
      "server 127.0.0.1:3100;",
      "server 127.0.0.1:3100;",
    ]);
    expect(said.opens).toMatchObject([{ port: 8081, from: ["balancer", "control"], at: "own" }]);
  });

  test("has root make its log files before it opens them, in a directory that stays root's", () => {
    const said = say(nginx(), five, "web-01");
    const unit = said.content("file[/etc/systemd/system/nginx.service.d/quintet.conf]");
    const makes = "+-/usr/bin/systemd-tmpfiles --create /etc/tmpfiles.d/quintet-nginx.conf";
    for (const when of ["ExecStartPre", "ExecReload"])
      expect(unit).toMatch(
        new RegExp(`${when}=\\n${when}=${makes.replace("+", "\\+")}\\n${when}=/usr/sbin/nginx`),
      );
    expect(said.file("/etc/tmpfiles.d/quintet-nginx.conf")).toMatchInlineSnapshot(`
      "# Written by Quintet (role nginx); changes made here are overwritten.
      d /var/log/nginx 0755 root adm -
      f /var/log/nginx/access.log 0640 www-data adm -
      f /var/log/nginx/error.log 0640 www-data adm -
      "
    `);
  });

  test("rotates its logs by day and by size, as its variables say", () => {
    const said = say(nginx({ logDays: 3, logMegabytes: 10, logFiles: 7 }), five, "web-01");
    expect(said.file("/etc/logrotate.d/nginx")).toMatchInlineSnapshot(`
      "# Written by Quintet (role nginx); changes made here are overwritten.
      /var/log/nginx/*.log {
          daily
          maxsize 10M
          rotate 7
          maxage 3
          missingok
          notifempty
          compress
          delaycompress
          create 0640 www-data adm
          sharedscripts
          postrotate
              ! systemctl --quiet is-active nginx.service || systemctl kill --kill-whom=main --signal=USR1 nginx.service
          endscript
      }
      "
    `);
  });

  test("has a smoke test that names a web server without the style sheet", async () => {
    const [smokeTest] = say(nginx(), five, "web-01").smokeTests;
    const css = { headers: { "content-type": "text/css" } };
    await expect(smokeTest?.run(fakeProbe(five, { http: () => css }))).resolves.toBe(
      "web-01, web-02, web-03",
    );
    const probe = fakeProbe(five, { http: (address) => (address.endsWith(".12") ? { status: 404 } : css) });
    await expect(smokeTest?.run(probe)).rejects.toThrow("web-02 answers /static/site.css with 404");
  });
});
