import { connect, type Socket } from "node:net";

/**
 * A TCP connection, or the system's error after at most `patience` ms. Made apart from the SSH handshake, so that a host
 * that is off is told from one whose SSH server says nothing.
 */
export function tcp(address: string, port: number, patience: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    const fail = (error: Error) => {
      socket.destroy();
      reject(Object.assign(error, { level: "client-socket" }));
    };
    const late = () => fail(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(late, patience);
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      resolve(socket);
    });
    socket.once("close", () => clearTimeout(timer));
  });
}
