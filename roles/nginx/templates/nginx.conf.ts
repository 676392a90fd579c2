import { type Host, type Text, text } from "../../../engine/index.ts";

interface NginxOptions {
  address: string;
  port: number;
  /** File with the certificate and its key. */
  certificate: string;
  pidFile: string;
  /** Directory for bodies and answers that do not fit into memory. */
  temporary: string;
  names: readonly string[];
  app: number;
  balancers: readonly Host[];
  connections: number;
  bodyKilobytes: number;
  /** How many times longer than usual the parts wait for each other. */
  patience: number;
}

/** The whole configuration of Nginx. It includes nothing that changes, so this one file can be tested before use. */
export default (options: NginxOptions): Text => text`
  # Written by Quintet (role nginx); changes made here are overwritten. Debian's sites-enabled is not read.

  # If Nginx starts as root, it becomes this user. Only its tests start as root, the service never does.
  user www-data;
  worker_processes auto;
  worker_rlimit_nofile ${options.connections * 4};
  pid ${options.pidFile};
  error_log /var/log/nginx/error.log warn;

  events {
      worker_connections ${options.connections};
  }

  http {
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${options.temporary}/${what};`)}

      include /etc/nginx/mime.types;
      default_type application/octet-stream;
      charset utf-8;
      server_tokens off;
      sendfile on;
      tcp_nopush on;

      ${limits(options.bodyKilobytes)}

      gzip on;
      gzip_vary on;
      gzip_proxied any;
      gzip_min_length 512;
      gzip_types text/css text/plain application/javascript text/javascript application/json image/svg+xml;

      # Requests come from the balancers. They have removed what clients wrote into this header.
      ${options.balancers.map(({ name, address }) => `set_real_ip_from ${address}; # ${name}`)}
      real_ip_header X-Forwarded-For;

      ${log()}

      # Pages link to static files with the name of their release. While releases change, a server may be asked for a
      # file of another release than its own. Only a file of the release that was asked for may be kept for ever.
      map "$arg_v $realpath_root" $static_cache {
          default "no-cache";
          "~^(?<release>\w+) /srv/foobar/releases/\k<release>/" "public, max-age=31536000, immutable";
      }

      ${server(options)}
  }
`;

// --- internal ---

function limits(bodyKilobytes: number): Text {
  return text`
    client_max_body_size ${bodyKilobytes}k;
    client_body_buffer_size ${bodyKilobytes}k;
    large_client_header_buffers 4 16k;
    client_header_timeout 10s;
    client_body_timeout 10s;
    send_timeout 10s;
    reset_timedout_connection on;
  `;
}

function log(): Text {
  return text`
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
  `;
}

/**
 * A connection that is kept, to Nginx or to the application, may end just as a request is sent on it: when the other side
 * reloads or restarts. GET and HEAD are repeated then. Each other request gets a connection of its own on both ways.
 */
function server({ address, port, certificate, names, app, patience }: NginxOptions): Text {
  return text`
    ssl_certificate ${certificate};
    # The key is in the same file.
    ssl_certificate_key ${certificate};
    ssl_protocols TLSv1.3;
    ssl_session_cache shared:tls:2m;
    keepalive_requests 100000;

    upstream kept {
        server 127.0.0.1:${app};
        keepalive 32;
        keepalive_requests 100000;
        # Less than the application's own 75 seconds.
        keepalive_timeout 60s;
    }
    upstream new {
        server 127.0.0.1:${app};
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
        listen ${address}:${port} ssl default_server;
        return 421;
    }

    server {
        listen ${address}:${port} ssl;
        # The last one is what the balancers' health checks ask for.
        server_name ${names.join(" ")} health.internal;

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
        proxy_connect_timeout ${2 * patience}s;
        proxy_send_timeout ${4500 * patience}ms;
        # The application answers within four seconds, the balancer waits for five.
        proxy_read_timeout ${4500 * patience}ms;

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
  `;
}
