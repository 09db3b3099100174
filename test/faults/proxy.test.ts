// kill -9 of the proxy and of the server it records to, under load and in both modes: each call that was
// made has its record, once, or a gap record says that there may be calls without one.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { startTestProxy, type TestProxy } from '../proxy-process.ts'
import { startTestServer } from '../server.ts'

const rounds = Number(process.env['ROUNDS'] ?? 6)

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

  async run(url: () => string, isOver: () => boolean): Promise<void> {
    const one = async () => {
      while (!isOver()) if (!(await this.#call(url()))) await sleep(5)
    }
    await Promise.all(Array.from({ length: 8 }, one))
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
          done(isWell)
        })
      })
      sent.on('error', () => done(false))
      sent.end()
    })
  }
}

type Found = Readonly<{ calls: Map<string, string[]>; eventIDs: string[]; gaps: number }>

/** All that is recorded: what became of each call, by its name. */
function recorded(data: string): Found {
  const found = { calls: new Map<string, string[]>(), eventIDs: [] as string[], gaps: 0 }
  for (let from = 1; ; ) {
    const read = readJournal(join(data, 'journal'), { from, bytesMax: 8 * 1024 * 1024 })
    for (const { record } of read.records) {
      const { eventID, eventName, userAgent, errorCode } = JSON.parse(record.toString())
      found.eventIDs.push(eventID)
      if (eventName === 'ProxyCallsNotRecorded') found.gaps++
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
    `${rounds} times kill -9 of the %s`,
    async (victim) => {
      const data = mkdtempSync(join(tmpdir(), 'contrail-proxy-'))
      const upstream = await startUpstream()
      const callers = new Callers()
      let server = await startTestServer({ data })
      const listen = new URL(server.url).host
      let proxy = await startProxy(mode, data, upstream.url)
      let isOver = false
      const calling = callers.run(
        () => proxy.url,
        () => isOver,
      )
      for (let round = 0; round < rounds; round++) {
        await sleep(200 + Math.random() * 300)
        if (victim === 'proxy') {
          await proxy.kill()
          proxy = await startProxy(mode, data, upstream.url)
        } else {
          await server.kill()
          server = await startTestServer({ data, args: ['--listen', listen] })
        }
      }
      await sleep(300)
      isOver = true
      await calling
      expect(await proxy.stop()).toBe(0)
      await server.stop()
      upstream.close()
      check(recorded(data), { mode, victim, made: upstream.made, answered: callers.answered })
      rmSync(data, { recursive: true, force: true })
    },
    120_000,
  )
})

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
  expect(answered.size).toBeGreaterThan(rounds * 20)
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
  } else if (mode === 'pass') expect(unrecorded, 'the proxy brought them later').toEqual([])
  const unanswered = [...made].filter((name) => !answered.has(name))
  console.log(
    `${mode}, ${victim}: ${made.size} calls made, ${unanswered.length} not answered well, ` +
      `${unrecorded.length} without a record, ${found.gaps} gap records`,
  )
}
