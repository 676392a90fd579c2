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

function server({ address, port, certificate, names, app }: NginxOptions): Text {
  return text`
    server {
        listen ${address}:${port} ssl;
        # The key is in the same file.
        ssl_certificate ${certificate};
        ssl_certificate_key ${certificate};
        ssl_protocols TLSv1.3;
        ssl_session_cache shared:tls:2m;
        ssl_session_tickets off;
        server_name ${names.join(" ")};

        location /static/ {
            alias /srv/foobar/current/public/;
            # All files of all releases have the same time, so these two would not change with the release.
            etag off;
            if_modified_since off;
            add_header Last-Modified "";
            add_header Cache-Control $static_cache;
            add_header X-Content-Type-Options nosniff;
        }

        location / {
            # Each request gets a connection of its own. The application could close a kept one, when it restarts, just
            # as a request is sent on it. New connections wait in systemd's socket until the application is back.
            proxy_pass http://127.0.0.1:${app};
            proxy_http_version 1.1;
            proxy_set_header Connection close;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
            proxy_set_header X-Request-ID $trace;
            proxy_connect_timeout 2s;
            proxy_send_timeout 10s;
            proxy_read_timeout 20s;
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
