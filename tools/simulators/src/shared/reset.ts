import { Socket } from 'node:net';

/**
 * Cuts a connection with a reset. One that is ending already is only destroyed: a reset in the middle of an orderly
 * end leaves a handle behind that never closes, and the process spins at its exit.
 */
export function reset(socket: Socket | null): void {
  if (socket === null || socket.destroyed) return;
  if (socket.writableEnded || socket.readableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
