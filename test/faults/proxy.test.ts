// kill -9 of the proxy and of the server it records to, under load and in both modes: each call that was
// made has its record, once, or a gap record says that there may be calls without one. SEED=n repeats a
// run's choices: after how many calls each kill comes.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { Random } from '../fuzz/random.ts'
import { startTestProxy, type TestProxy } from '../proxy-process.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'

const rounds = Number(process.env['ROUNDS'] ?? 6)
const seed = Number(process.env['SEED'] ?? 1)
/** Each kill comes after so many more calls were answered, and up to so many beyond. */
const callsMin = 20
const callsBeyond = 400

/** An upstream that knows which calls were made; each is named by its User-Agent. */
async function startUpstream() {
  const made = new Set<string>()
  const server = createServer((request, response) => {
    made.add(request.headers['user-agent']!)
    request.resume()
    request.on('end', () => response.end('done'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { made, url, close: () => server.closeAllConnections() ?? server.close() }
}

/** Calls as fast as they are answered, over 8 connections, until it is stopped; keeps who was answered well. */
class Callers {
  readonly answered = new Set<string>()
  #next = 0
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })
  #awaited = { size: Infinity, reached: () => {} }

  async run(url: () => string, isOver: () => boolean): Promise<void> {
    const one = async () => {
      while (!isOver()) if (!(await this.#call(url()))) await sleep(5)
    }
    await Promise.all(Array.from({ length: 8 }, one))
  }

  /** Resolves when so many more were answered well. */
  more(calls: number): Promise<void> {
    return new Promise((reached) => {
      this.#awaited = { size: this.answered.size + calls, reached }
    })
  }

  #call(url: string): Promise<boolean> {
    const name = `call-${this.#next++}`
    return new Promise((done) => {
      const headers = { 'user-agent': name }
      const sent = send(`${url}/b/k`, { agent: this.#agent, headers }, (answer) => {
        answer.resume()
        answer.on('error', () => done(false))
        answer.on('close', () => {
          const isWell = answer.complete && answer.statusCode === 200
          if (isWell) this.answered.add(name)
          if (this.answered.size >= this.#awaited.size) this.#awaited.reached()
          done(isWell)
        })
      })
      sent.on('error', () => done(false))
      sent.end()
    })
  }
}

/** `missed` is how many calls the gap records speak of. */
type Found = { calls: Map<string, string[]>; eventIDs: string[]; gaps: number; missed: number }

/** All that is recorded: what became of each call, by its name. */
function recorded(data: string): Found {
  const found: Found = { calls: new Map(), eventIDs: [], gaps: 0, missed: 0 }
  for (let from = 1; ; ) {
    const read = readJournal(join(data, 'journal'), { from, bytesMax: 8 * 1024 * 1024 })
    expect(read.damage, 'a journal that can be read to its end').toEqual([])
    for (const { record } of read.records) {
      const { eventID, eventName, userAgent, errorCode, ...rest } = JSON.parse(record.toString())
      found.eventIDs.push(eventID)
      if (eventName === 'ProxyCallsNotRecorded') {
        found.gaps++
        found.missed += rest.serviceEventDetails.calls ?? 0
      }
      const call = /call-\d+/.exec(userAgent ?? '')?.[0]
      if (call === undefined) continue
      found.calls.set(call, [...(found.calls.get(call) ?? []), errorCode ?? 'ok'])
    }
    if (read.next <= from) return found
    from = read.next
  }
}

describe.each(['pass', 'reject'] as const)('onAuditFailure: %s', (mode) => {
  test.each(['proxy', 'server'] as const)(
    `${rounds} times kill -9 of the %s, SEED=${seed}`,
    async (victim) => {
      const data = mkdtempSync(join(tmpdir(), 'contrail-proxy-'))
      const upstream = await startUpstream()
      const callers = new Callers()
      const random = new Random(seed)
      let server = await startTestServer({ data })
      const listen = new URL(server.url).host
      let proxy = await startProxy(mode, data, upstream.url)
      let isOver = false
      const calling = callers.run(
        () => proxy.url,
        () => isOver,
      )
      try {
        for (let round = 0; round < rounds; round++) {
          await callers.more(callsMin + random.below(callsBeyond))
          if (victim === 'proxy') {
            await proxy.kill()
            proxy = await startProxy(mode, data, upstream.url)
          } else {
            await server.kill()
            server = await startTestServer({ data, args: ['--listen', listen] })
            await takesRecords(server)
          }
        }
        await callers.more(callsMin)
        isOver = true
        await calling
        expect(await proxy.stop()).toBe(0)
        await server.stop()
        check(recorded(data), { mode, victim, made: upstream.made, answered: callers.answered })
      } finally {
        isOver = true
        await Promise.all([proxy.kill(), server.kill()])
        upstream.close()
        rmSync(data, { recursive: true, force: true })
      }
    },
    120_000,
  )
})

/** Calls pass before the proxy has found the server again; the next kill is to meet it at work. */
async function takesRecords({ url }: TestServer): Promise<void> {
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  await until(metrics, (text) => text.includes('contrail_proxy_records_total{'), 30_000)
}

function startProxy(mode: string, data: string, upstream: string): Promise<TestProxy> {
  return startTestProxy({ data }, upstream, { args: ['--on-audit-failure', mode] })
}

type Known = Readonly<{
  mode: 'pass' | 'reject'
  victim: 'proxy' | 'server'
  made: ReadonlySet<string>
  answered: ReadonlySet<string>
}>

function check(found: Found, { mode, victim, made, answered }: Known): void {
  expect(answered.size).toBeGreaterThan(rounds * callsMin)
  expect(new Set(found.eventIDs).size, 'no event twice').toBe(found.eventIDs.length)
  expect(
    [...found.calls].filter(([, outcomes]) => outcomes.length > 1),
    'no call twice',
  ).toEqual([])
  const isRecordedWell = (name: string) => found.calls.get(name)?.[0] === 'ok'
  const unrecorded = [...made].filter((name) => !found.calls.has(name))
  if (mode === 'reject') {
    expect(unrecorded, 'no call without a record').toEqual([])
    expect(
      [...answered].filter((name) => !isRecordedWell(name)),
      'outcomes are known',
    ).toEqual([])
  }
  if (victim === 'proxy') {
    expect(found.gaps).toBe(rounds)
    expect(
      [...answered].filter((name) => !isRecordedWell(name)),
      'what was answered',
    ).toEqual([])
  } else if (mode === 'pass') {
    // The proxy brought them later, but for those it could not hold and has counted.
    expect(unrecorded.length, 'calls without a record').toBe(found.missed)
  }
  const unanswered = [...made].filter((name) => !answered.has(name))
  console.log(
    `${mode}, ${victim}: ${made.size} calls made, ${unanswered.length} not answered well, ` +
      `${unrecorded.length} without a record, ${found.gaps} gap records`,
  )
}
