import { type Text, text } from "../../../engine/index.ts";
import type { ByHand } from "./options.ts";

/**
 * Nginx as somebody who knows it well would write it for speed, for the same job as ours. `tls: false` leaves TLS out.
 * Sources of the choices: the pages of ngx_http_core_module, ngx_http_upstream_module, ngx_http_log_module and
 * ngx_http_ssl_module on nginx.org, and the vendor's article "Avoiding the top 10 NGINX configuration mistakes"
 * (connections kept to upstreams, descriptors for each worker, upstream groups).
 */
export default ({ tls, domain, address, port, app, balancers }: ByHand): Text => text`
  # Written by npm run bench -- traffic; the next npm run provision replaces it.
  user www-data;
  worker_processes auto;
  worker_rlimit_nofile 16384;
  pid /run/nginx/nginx.pid;
  error_log /var/log/nginx/error.log warn;

  events {
      worker_connections 4096;
      multi_accept on;
  }

  http {
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path /var/cache/nginx/${what};`)}
      include /etc/nginx/mime.types;
      server_tokens off;
      sendfile on;
      tcp_nopush on;
      gzip on;
      gzip_vary on;
      gzip_proxied any;
      gzip_types text/css application/javascript text/javascript application/json image/svg+xml;

      # Files are opened once, and looked at again after half a minute.
      open_file_cache max=1000 inactive=60s;
      open_file_cache_valid 30s;
      open_file_cache_min_uses 1;

      # A balancer's connection may serve very many requests.
      keepalive_timeout 75s;
      keepalive_requests 100000;

      # The log is written in pieces.
      access_log /var/log/nginx/access.log combined buffer=64k flush=5s;

      ${balancers.map((balancer) => `set_real_ip_from ${balancer.address};`)}
      real_ip_header X-Forwarded-For;

      # The application closes an idle connection after 75 s, so Nginx does it before.
      upstream app {
          server 127.0.0.1:${app};
          keepalive 64;
          keepalive_requests 100000;
          keepalive_timeout 60s;
      }

      server {
          listen ${address}:${port}${tls ? " ssl" : ""};
          server_name www.${domain} ${domain};
          ${tls && certificate()}

          location /static/ {
              alias /srv/foobar/current/public/;
              add_header Cache-Control "public, max-age=3600";
          }

          location / {
              proxy_pass http://app;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $host;
              proxy_set_header X-Forwarded-For $remote_addr;
              proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
          }
      }
  }
`;

// --- internal ---

function certificate(): Text {
  return text`
    ssl_certificate /etc/nginx/tls/server.pem;
    ssl_certificate_key /etc/nginx/tls/server.pem;
    ssl_protocols TLSv1.3;
    ssl_session_cache shared:tls:10m;
    ssl_session_timeout 1d;
  `;
}
