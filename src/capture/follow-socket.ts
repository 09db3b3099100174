import { lstat, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import type { FollowedBytes, Place } from './followed-bytes.ts'

const connectionsMax = 16
const reconnectMs = 1_000
const newline = 0x0a

/**
 * Reads what comes on a unix socket. While the journal takes nothing, nothing more is read, so that the
 * writer waits; a socket has no answer, so what was on its way when either side ended is lost.
 */
export async function followConnection(
  socket: Socket,
  bytes: FollowedBytes,
  { path, itemBytesMax }: Pick<SocketOptions, 'path' | 'itemBytesMax'>,
): Promise<void> {
  let held: Buffer = Buffer.alloc(0)
  let isSkipping = false
  try {
    for await (const piece of socket as AsyncIterable<Buffer>) {
      held = held.length > 0 ? Buffer.concat([held, piece]) : piece
      if (isSkipping) {
        const end = held.indexOf(newline)
        isSkipping = end < 0
        held = held.subarray(end < 0 ? held.length : end + 1)
      }
      held = await taken(held, bytes, { path })
      if (bytes.isStopped) return
      if (held.length > itemBytesMax) {
        bytes.refuseLong({ path })
        held = Buffer.alloc(0)
        isSkipping = true
      }
    }
    if (held.length > 0) await bytes.take(held, true, { path })
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code) throw error
    bytes.warn('a connection of a feed broke', { reason: String(error) })
  }
}

/** What is left when all that is finished is durable. */
async function taken(held: Buffer, bytes: FollowedBytes, place: Place): Promise<Buffer> {
  let rest = held
  while (rest.length > 0) {
    const used = await bytes.take(rest, false, place)
    if (used === 0) break
    rest = rest.subarray(used)
  }
  return rest
}

type SocketOptions = Readonly<{ path: string; itemBytesMax: number; stopped: AbortSignal }>

/** Connects to a socket that the writer made (Ceph's), again and again; resolves when stopped. */
export async function followWriter(bytes: FollowedBytes, options: SocketOptions): Promise<void> {
  const { path, stopped } = options
  let isKnown = false
  while (!bytes.isStopped) {
    const socket = connect(path)
    const end = () => void socket.destroy()
    stopped.addEventListener('abort', end)
    const isConnected = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true)).once('error', () => done(false))
      socket.once('close', () => done(false))
    })
    if (isConnected) await followConnection(socket, bytes, options)
    else if (!isKnown) bytes.warn('nobody is at the socket of a feed yet', { path })
    isKnown = true
    stopped.removeEventListener('abort', end)
    await bytes.pause(reconnectMs)
  }
}

/** Makes the socket that a writer connects to (Vault's); resolves when it is there, with what ends it. */
export async function listenForWriters(
  bytes: FollowedBytes,
  options: SocketOptions,
  failed: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const { path, stopped } = options
  await removeStale(path)
  const under = new Set<Promise<void>>()
  const server = createServer((socket) => {
    const end = () => void socket.destroy()
    stopped.addEventListener('abort', end)
    const done = followConnection(socket, bytes, options)
      .catch(failed)
      .finally(() => {
        stopped.removeEventListener('abort', end)
        under.delete(done)
      })
    under.add(done)
  })
  server.maxConnections = connectionsMax
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(path, ready))
  return async () => {
    const closed = new Promise((done) => server.close(done))
    await Promise.all(under)
    await closed
  }
}

/** A socket that a killed process left behind. What is no socket stays, and listening fails. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket()) await rm(path)
}
