// Claim: the recording proxy is hardly slower than one that records nothing.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Claim } from '../src/cli/bench-claim.ts'
import { startTestProxy } from '../test/proxy-process.ts'
import { removeTestServer, startTestServer } from '../test/server.ts'
import { percentile } from './lookup-client.ts'
import { type Helper, startPassThrough, startUpstream } from './pass-through.ts'
import { plainAppendTimes } from './plain-append.ts'
import { benchFolder, removeFolder } from './trail-folder.ts'

const rounds = 5
const alone = { calls: 1_000, connections: 1 }
/** As long as a record. */
const pieces: readonly Buffer[] = Array(100).fill(Buffer.alloc(1_500, 'x'))
const together = { calls: 20_000, connections: 64 }

/** `processor`: microseconds a call, of all that passes it on and records it. */
type Pace = Readonly<{ p50: number; rate: number; processor: number }>

export const proxy: Claim = {
  name: 'proxy',
  says: 'the recording proxy beside a bare node:http pass-through to the same upstream',

  async run({ progress }) {
    const folder = benchFolder()
    const upstream = await startUpstream()
    const bare = await startPassThrough(upstream.url)
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const config = join(folder, 'contrail.yaml')
    writeFileSync(
      config,
      `capture:\n  proxies:\n    bench: {listen: "127.0.0.1:${port}", upstream: "${upstream.url}"}\n`,
    )
    const server = await startTestServer({ args: ['--config', config] })
    const beside = await startTestProxy(server, upstream.url)
    try {
      const within = `http://127.0.0.1:${port}`
      const syncs: number[] = []
      const paces = { bare: [] as Pace[], within: [] as Pace[], beside: [] as Pace[] }
      for (let round = 0; round < rounds; round++) {
        progress(`round ${round + 1} of ${rounds}`)
        syncs.push(percentile(plainAppendTimes(folder, pieces), 0.5))
        paces.bare.push(await pace(bare.url, [bare.process]))
        paces.within.push(await pace(within, [server.process]))
        paces.beside.push(await pace(beside.url, [beside.process, server.process]))
      }
      const best = (name: keyof typeof paces): Pace => ({
        p50: Math.min(...paces[name].map(({ p50 }) => p50)),
        rate: Math.max(...paces[name].map(({ rate }) => rate)),
        processor: Math.min(...paces[name].map(({ processor }) => processor)),
      })
      const sync = Math.min(...syncs)
      const [plain, ours, remote] = [best('bare'), best('within'), best('beside')]
      return {
        figures: [
          { what: 'bare pass-through', value: plain.rate, unit: 'calls/s' },
          { what: 'within serve', value: ours.rate, unit: 'calls/s' },
          { what: 'within serve, of bare', value: ours.rate / plain.rate, unit: '×', atLeast: 0.7 },
          { what: 'beside serve', value: remote.rate, unit: 'calls/s' },
          { what: 'beside serve, of bare', value: remote.rate / plain.rate, unit: '×' },
          { what: 'bare pass-through, processor time', value: plain.processor, unit: 'µs/call' },
          { what: 'within serve, processor time', value: ours.processor, unit: 'µs/call' },
          { what: 'beside serve, processor time', value: remote.processor, unit: 'µs/call' },
          { what: 'bare pass-through, p50', value: plain.p50, unit: 'ms' },
          { what: 'one append and fdatasync, p50', value: sync, unit: 'ms' },
          {
            what: 'added within serve, p50, beside the sync',
            value: ours.p50 - plain.p50 - sync,
            unit: 'ms',
            atMost: 0.5,
          },
          {
            what: 'added beside serve, p50, beside the sync',
            value: remote.p50 - plain.p50 - sync,
            unit: 'ms',
            atMost: 0.5,
          },
        ],
        notes: [
          `Signed DynamoDB GetItem calls of 300 bytes, answers of 1 KB, each recorded durably before its answer leaves. Rates over ` +
            `${together.connections} connections, latencies over one; the best of ${rounds} rounds, all on one machine.`,
        ],
      }
    } finally {
      await beside.stop()
      await removeTestServer(server)
      await stopAll(bare, upstream)
      removeFolder(folder)
    }
  },
}

const stopAll = (...helpers: Helper[]) => Promise.all(helpers.map((helper) => helper.stop()))

async function pace(url: string, processes: readonly ChildProcess[]): Promise<Pace> {
  const { times } = await load(url, alone)
  const before = processorMicroseconds(processes)
  const { rate } = await load(url, together)
  const processor = (processorMicroseconds(processes) - before) / together.calls
  return { p50: percentile(times, 0.5), rate, processor }
}

/** Of all their threads, in the kernel too; counted in hundredths of a second. */
function processorMicroseconds(processes: readonly ChildProcess[]): number {
  return processes.reduce((sum, { pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + (Number(fields[11]) + Number(fields[12])) * 10_000
  }, 0)
}

const body = JSON.stringify({ TableName: 'table', Key: { id: { S: 'x'.repeat(100) } } })
const request = Buffer.from(
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n' +
    'X-Amz-Target: DynamoDB_20120810.GetItem\r\nX-Amz-Date: 20261121T000000Z\r\n' +
    'Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00/20261121/us-east-1/dynamodb/aws4_request, ' +
    `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`,
)

/** Calls over bare sockets, each connection's next as soon as its last is answered. Times in milliseconds. */
async function load(
  url: string,
  { calls, connections }: { calls: number; connections: number },
): Promise<{ rate: number; times: number[] }> {
  const { hostname, port } = new URL(url)
  const times: number[] = []
  let left = calls
  const started = performance.now()
  const callSome = async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    const done = Promise.withResolvers<void>()
    let sentAt = 0
    let missing = 0
    const next = () => {
      if (left-- <= 0) return done.resolve()
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('data', (bytes) => {
      if (missing === 0) missing = lengthOf(bytes)
      missing -= bytes.length
      if (missing > 0) return
      times.push(performance.now() - sentAt)
      next()
    })
    socket.on('close', () => done.reject(new Error(`${url} closed the connection`)))
    next()
    await done.promise
    socket.removeAllListeners('close')
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, callSome))
  return { rate: (calls * 1_000) / (performance.now() - started), times }
}

/** Of the whole answer that begins with these bytes. */
function lengthOf(bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n') + 4
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))
  if (head < 4 || !length) throw new Error(`unexpected answer: ${bytes}`)
  return head + Number(length[1])
}
