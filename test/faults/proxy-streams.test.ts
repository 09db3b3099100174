// Long bodies and many connections through the real proxy: memory stays flat. FULL=1 for the whole amounts.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { startTestProxy, type TestProxy } from '../proxy-process.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

const isFull = process.env['FULL'] === '1'
const bodyBytes = (isFull ? 10 : 2) * 1024 ** 3
const connections = isFull ? 2_000 : 300
/**
 * Megabytes beside what the process has when an eighth as much has passed: by then garbage waits for its
 * collector, of which there is more when the machine is busy, and what is kept for long would go on growing.
 */
const memoryMax = 96

const piece = randomBytes(256 * 1024)
let upstream: Server
let server: TestServer
let proxy: TestProxy
let taken = 0

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.on('data', (bytes: Buffer) => (taken += bytes.length))
    request.on('end', () => {
      let left = Number(request.headers['x-answer'] ?? 0)
      // As S3 does: nobody signs here, and what else is asked for without a signature is another's.
      response.writeHead(200, { 'content-length': left, 'x-amz-request-id': '1' })
      const more = () => {
        while (left > 0) {
          const next = left < piece.length ? piece.subarray(0, left) : piece
          left -= next.length
          if (!response.write(next)) return
        }
        response.end()
      }
      response.on('drain', more)
      more()
    })
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  server = await startTestServer()
  const { port } = upstream.address() as AddressInfo
  proxy = await startTestProxy(server, `http://127.0.0.1:${port}`)
})
afterAll(async () => {
  await proxy?.stop()
  if (server) await removeTestServer(server)
  upstream?.closeAllConnections()
  upstream?.close()
})

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${proxy.process.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}

/** The most that the proxy took beyond what it had while the task ran, in MB. */
async function grown(what: string, task: () => Promise<void>): Promise<number> {
  const before = residentMegabytes()
  let most = before
  const sampling = setInterval(() => (most = Math.max(most, residentMegabytes())), 50)
  await task().finally(() => clearInterval(sampling))
  console.log(`${what}: ${(most - before).toFixed(0)} MB more`)
  return most - before
}

/** Of the calls that passed: the operation, and the bytes of its bodies. */
function recorded(): string[] {
  const found: string[] = []
  for (let from = 1; ; ) {
    const read = readJournal(join(server.data, 'journal'), { from, bytesMax: 64 * 1024 * 1024 })
    for (const { from: source, record } of read.records) {
      if (!source.startsWith('proxy:')) continue
      const { eventName, additionalEventData: data } = JSON.parse(record.toString())
      found.push(`${eventName} ${data?.bytesTransferredIn} ${data?.bytesTransferredOut}`)
    }
    if (read.next <= from) return found
    from = read.next
  }
}

async function get(answer: number, agent?: Agent): Promise<number> {
  const sent = send(`${proxy.url}/b/k`, { headers: { 'x-answer': answer }, agent })
  sent.end()
  const [response] = await once(sent, 'response')
  let got = 0
  for await (const bytes of response) got += bytes.length
  return got
}

test(`${bodyBytes} bytes down`, async () => {
  const idle = residentMegabytes()
  await get(bodyBytes / 8)
  console.log(`an eighth of it: ${(residentMegabytes() - idle).toFixed(0)} MB more`)
  const memory = await grown('down', async () => expect(await get(bodyBytes)).toBe(bodyBytes))
  expect(memory).toBeLessThan(memoryMax)
  expect(recorded().at(-1)).toBe(`GetObject 0 ${bodyBytes}`)
}, 600_000)

test(`${bodyBytes} bytes up`, async () => {
  taken = 0
  const memory = await grown('up', async () => {
    const sent = send(`${proxy.url}/b/k`, {
      method: 'PUT',
      headers: { 'content-length': bodyBytes },
    })
    for (let left = bodyBytes; left > 0; left -= piece.length) {
      if (!sent.write(piece)) await once(sent, 'drain')
    }
    sent.end()
    const [response] = await once(sent, 'response')
    response.resume()
    await once(response, 'end')
  })
  expect(taken).toBe(bodyBytes)
  expect(memory).toBeLessThan(memoryMax)
  expect(recorded().at(-1)).toBe(`PutObject ${bodyBytes} 0`)
}, 600_000)

test(`${connections} connections at once`, async () => {
  const agent = new Agent({ keepAlive: true })
  const before = recorded().length
  const memory = await grown(`${connections} connections`, async () => {
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: connections }, () => get(100_000, agent))
      expect(new Set(await Promise.all(calls))).toEqual(new Set([100_000]))
    }
  })
  expect(memory).toBeLessThan(isFull ? 500 : 200)
  const calls = recorded().slice(before)
  expect(calls.length).toBe(3 * connections)
  expect(new Set(calls)).toEqual(new Set(['GetObject 0 100000']))
  agent.destroy()
}, 120_000)
