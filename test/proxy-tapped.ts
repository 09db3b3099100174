// `contrail proxy` beside a server and in front of an upstream, with a tap on either side of it.
import { join } from 'node:path'
import { expect } from 'vitest'
import { readJournal } from '../src/journal/read.ts'
import type { Moto } from './moto.ts'
import { recordedAs, scopeOf } from './proxy-names.ts'
import { startTestProxy, type TestProxy } from './proxy-process.ts'
import { finalOf, headerOf, openTap, type Pair, type Tap } from './proxy-tap.ts'
import { removeTestServer, startTestServer, type TestServer } from './server.ts'

type Upstream = Pick<Moto, 'url' | 'stop'>

/** The proxy under real clients, and what passed on both of its sides. */
export class TappedProxy {
  readonly #upstream: Upstream
  readonly #server: TestServer
  readonly #proxy: TestProxy
  readonly #inner: Tap
  readonly #outer: Tap
  /** What clients get in their environment. */
  readonly clientEnv: Readonly<Record<string, string>>

  /** The upstream is stopped together with the proxy. */
  static async start(upstream: Upstream): Promise<TappedProxy> {
    const close: Array<() => unknown> = [() => upstream.stop()]
    try {
      const server = await startTestServer()
      close.push(() => removeTestServer(server))
      const inner = await openTap(upstream.url)
      close.push(() => inner.close())
      const proxy = await startTestProxy(server, inner.url)
      return new TappedProxy(upstream, server, inner, proxy, await openTap(proxy.url))
    } catch (error) {
      for (const end of close) await end()
      throw error
    }
  }

  private constructor(
    upstream: Upstream,
    server: TestServer,
    inner: Tap,
    proxy: TestProxy,
    outer: Tap,
  ) {
    this.#upstream = upstream
    this.#server = server
    this.#inner = inner
    this.#proxy = proxy
    this.#outer = outer
    this.clientEnv = {
      ...server.clientEnv,
      AWS_ENDPOINT_URL: outer.url,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEOFMOTO000',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
  }

  async close(): Promise<void> {
    await this.#proxy.stop()
    await removeTestServer(this.#server)
    for (const tap of [this.#inner, this.#outer]) tap.close()
    this.#upstream.stop()
  }

  /** The calls that clients made, connection by connection. */
  pairs(): Pair[] {
    return this.#outer.pairs()
  }

  /** What the proxy recorded, in the order of the journal. */
  records(): any[] {
    const found: any[] = []
    for (let from = 1; ; ) {
      const folder = join(this.#server.data, 'journal')
      const read = readJournal(folder, { from, bytesMax: 64 * 1024 * 1024 })
      const proxied = read.records.filter((one) => one.from.startsWith('proxy:'))
      found.push(...proxied.map(({ record }) => JSON.parse(record.toString())))
      if (read.next <= from) return found
      from = read.next
    }
  }

  /** Both sides of the proxy saw the same, exchange by exchange, and each is in the journal once. */
  expectTrue(): void {
    const outer = this.#outer.pairs()
    const texts = (pairs: readonly Pair[]) =>
      pairs.map(
        ({ request, answer }) => `${request.toString('latin1')}${answer.toString('latin1')}`,
      )
    const inner = new Set(texts(this.#inner.pairs()))
    expect(inner.size).toBe(outer.length)
    expect(texts(outer).filter((text) => !inner.has(text))).toEqual([])

    const records = this.records()
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(records.length)
    expect(records.map(lineOfRecord).sort()).toEqual(outer.map(lineOfPair).sort())
  }
}

/** The call's name, who asked with what, and how it ended: told by the record, and by what passed. */
function lineOfRecord(record: any): string {
  const { eventSource, eventName, awsRegion, userAgent, requestID, errorCode } = record
  const agent = userAgent.replace(/^\[(.*)\]$/, '$1')
  const outcome = errorCode === undefined ? 'well' : 'ill'
  return `${eventSource} ${eventName} ${awsRegion} ${requestID ?? '-'} ${outcome} ${agent}`
}

function lineOfPair({ request, answer: all }: Pair): string {
  const [, region] = scopeOf(request)
  const answer = finalOf(all)
  const outcome = Number(answer.subarray(9, 12)) < 400 ? 'well' : 'ill'
  const id = headerOf(answer, 'x-amzn-requestid') ?? headerOf(answer, 'x-amz-request-id') ?? '-'
  return `${recordedAs(request)} ${region} ${id} ${outcome} ${headerOf(request, 'user-agent')}`
}
