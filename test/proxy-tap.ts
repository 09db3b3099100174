// A passage between a client and the proxy, or the proxy and its upstream, that keeps what goes through it
// and takes it apart without any of the product's code.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One request with all that was answered to it, interim answers included, byte for byte. */
export type Pair = Readonly<{ request: Buffer; answer: Buffer }>

export type Tap = Readonly<{
  url: string
  /** Connection by connection, in the order of their openings. */
  pairs(): Pair[]
  close(): void
}>

/** Listens on a free port and passes everything to `target`. */
export async function openTap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target)
  const connections: Array<{ up: Buffer[]; down: Buffer[] }> = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const kept = { up: [] as Buffer[], down: [] as Buffer[] }
    connections.push(kept)
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true })
    for (const socket of [near, far]) sockets.add(socket)
    near.on('data', (bytes: Buffer) => kept.up.push(bytes))
    far.on('data', (bytes: Buffer) => kept.down.push(bytes))
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pairs: () =>
      connections.flatMap(({ up, down }) => pairsOf(Buffer.concat(up), Buffer.concat(down))),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function pairsOf(up: Buffer, down: Buffer): Pair[] {
  const pairs: Pair[] = []
  let asked = 0
  let answered = 0
  while (asked < up.length) {
    const request = up.subarray(asked, asked + lengthOf(up.subarray(asked), false))
    asked += request.length
    const isHead = request.subarray(0, 5).toString() === 'HEAD '
    const start = answered
    for (let isInterim = true; isInterim && answered < down.length; ) {
      const status = down.subarray(answered + 9, answered + 12).toString()
      isInterim = status.startsWith('1')
      const isBare = isInterim || isHead || status === '204' || status === '304'
      const rest = down.subarray(answered)
      answered += isBare ? headLength(rest) : lengthOf(rest, true)
    }
    pairs.push({ request, answer: down.subarray(start, answered) })
  }
  return pairs
}

function headLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? bytes.length : end + 4
}

/** Of the message that begins here; without a length, an answer ends where the connection does. */
function lengthOf(bytes: Buffer, isAnswer: boolean): number {
  const start = headLength(bytes)
  if (/chunked/i.test(headerOf(bytes, 'transfer-encoding') ?? '')) return chunksEnd(bytes, start)
  const length = headerOf(bytes, 'content-length')
  if (length === undefined) return isAnswer ? bytes.length : start
  return Math.min(bytes.length, start + Number(length))
}

function chunksEnd(bytes: Buffer, start: number): number {
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return bytes.length
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16)
    if (size === 0) {
      // Trailers, when there are any, end with an empty line as a head does.
      const end = bytes.indexOf('\r\n\r\n', lineEnd)
      return end < 0 ? bytes.length : end + 4
    }
    at = lineEnd + 2 + size + 2
  }
}

/** An answer without the interim ones before it. */
export function finalOf(answer: Buffer): Buffer {
  const isInterim = answer.subarray(9, 10).toString() === '1'
  return isInterim ? finalOf(answer.subarray(headLength(answer))) : answer
}

/** The first header of that name in a message's head. */
export function headerOf(message: Buffer, name: string): string | undefined {
  const head = message.subarray(0, headLength(message)).toString('latin1')
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'im').exec(head)?.[1]
}

/** What follows the head; the chunks of a chunked body as they came. */
export function bodyOf(message: Buffer): Buffer {
  return message.subarray(headLength(message))
}
