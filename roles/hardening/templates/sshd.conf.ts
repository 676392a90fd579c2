import { type Text, text } from "../../../engine/index.ts";

/**
 * Keys only, no root, no algorithm that ssh-audit calls a failure. Diffie-Hellman group exchange stays for Vagrant: its
 * net-ssh has curve25519 only with a library that is not always there.
 */
export default ({ forwarding }: { forwarding: boolean }): Text => text`
  # Written by Quintet (role hardening); changes made here are overwritten. The first value that sshd reads counts.
  PermitRootLogin no
  AuthenticationMethods publickey
  PubkeyAuthentication yes
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  HostbasedAuthentication no
  PermitEmptyPasswords no
  PermitUserEnvironment no
  StrictModes yes

  HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256
  KexAlgorithms mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256
  Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr
  MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com
  RequiredRSASize 2048

  # A machine may be the gateway to another; nothing else is tunnelled.
  AllowTcpForwarding ${forwarding ? "local" : "no"}
  AllowStreamLocalForwarding no
  AllowAgentForwarding no
  GatewayPorts no
  PermitTunnel no
  X11Forwarding no

  LoginGraceTime 30
  MaxAuthTries 3
  MaxStartups 10:30:60
  ClientAliveInterval 60
  ClientAliveCountMax 2
  TCPKeepAlive no
  Compression no
  LogLevel VERBOSE
`;
