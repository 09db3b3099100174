// A client of /ingest/cloudtrail: bodies made before the clock starts, sent over kept-alive connections. It
// writes bare requests to the socket, because Node's own client would take longer than what it measures.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TestServer } from '../test/server.ts'
import { generateTrail } from './generate.ts'

const hourMs = 3600_000

/** Something that takes records in bulk. */
export type Target = Readonly<{ url: string; token: string }>

export function targetOf({ url, data }: TestServer): Target {
  const token = readFileSync(join(data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]!
  return { url: `${url}/ingest/cloudtrail`, token }
}

/** So many bodies of NDJSON with `records` distinct records each; times lie in the last hour. */
export function makeBodies(
  { bodies, records, seed }: { bodies: number; records: number; seed: number },
  now: number,
): Buffer[] {
  const trail = generateTrail({ events: bodies * records, from: now - hourMs, to: now, seed })
  return Array.from({ length: bodies }, () =>
    Buffer.from(Array.from({ length: records }, () => `${trail.next().value}\n`).join('')),
  )
}

/** Posts every body, `connections` at once; resolves with the bodies a second. Throws unless all is accepted. */
export async function postRate(
  target: Target,
  bodies: readonly Buffer[],
  { connections, records }: { connections: number; records: number },
): Promise<number> {
  const open = Array.from({ length: connections }, () => openConnection(target))
  const sockets = await Promise.all(open)
  const rest = bodies.values()
  const started = performance.now()
  const postSome = async (connection: Connection) => {
    for (const body of rest) {
      const answer = await connection.post(body)
      if (!answer.includes(`"accepted":${records},`)) throw new Error(`ingest answered ${answer}`)
    }
  }
  try {
    await Promise.all(sockets.map(postSome))
    return (bodies.length * 1_000) / (performance.now() - started)
  } finally {
    for (const { socket } of sockets) socket.destroy()
  }
}

type Connection = Readonly<{
  socket: Socket
  /** Resolves with the whole answer, head and body. */
  post(body: Buffer): Promise<string>
}>

async function openConnection({ url, token }: Target): Promise<Connection> {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let waiting = Promise.withResolvers<string>()
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    if (!isWhole(received)) return
    waiting.resolve(received)
    received = ''
  })
  socket.on('error', (error) => waiting.reject(error))
  socket.on('close', () => waiting.reject(new Error('ingest closed the connection')))
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n`
  return {
    socket,
    post(body) {
      waiting = Promise.withResolvers()
      socket.cork()
      socket.write(`${head}content-length: ${body.length}\r\n\r\n`)
      socket.write(body)
      socket.uncork()
      return waiting.promise
    },
  }
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n') + 4
  const length = /^content-length: (\d+)\r$/im.exec(answer)?.[1]
  return head >= 4 && answer.length >= head + Number(length)
}
