// Calls made through a running proxy, and the records that its ledger wrote of them.
import { Agent, createServer, type IncomingMessage, request as startRequest } from 'node:http'
import { type AddressInfo, BlockList } from 'node:net'
import { systemClock } from '../src/clock.ts'
import { loadConfig } from '../src/config.ts'
import { systemIds } from '../src/ids.ts'
import type { Entry } from '../src/journal/contract.ts'
import { limits } from '../src/limits.ts'
import { startProxy } from '../src/proxy/proxy.ts'
import { StateLedger } from '../src/proxy/state-ledger.ts'
import type { CapturedPrincipal } from '../src/record/captured-identity.ts'
import type { Registry } from '../src/registry/registry.ts'
import type { WireAnswer, WireRequest } from './encode/wire.ts'
import type { RealRecord } from './fidelity.ts'
import type { Rebuilt } from './fidelity-rebuild.ts'
import { MemoryState } from './memory-state.ts'
import { quietLog } from './proxy-world.ts'

/** A call, whose access key nobody else has; whose it is, as capture.keys says. */
export type Call = Rebuilt &
  Readonly<{ accessKeyId: string; principal: CapturedPrincipal | undefined }>

/** The account is that of callers whom nobody knows. */
type ProxyFacts = Readonly<{ accountId: string; registry: Registry }>

/** Calls under way at once, each on a connection of its own that stays open. */
const lanes = 8
/** The record of each call, by its access key. Throws where an answer does not come back as it was given. */
export async function callThroughProxy(
  calls: readonly Call[],
  { accountId, registry }: ProxyFacts,
): Promise<ReadonlyMap<string, RealRecord>> {
  const answers = new Map(calls.map(({ accessKeyId, answer }) => [accessKeyId, answer]))
  const upstream = await startUpstream(answers)
  const lines: Entry[] = []
  const proxy = await startProxy({
    setting: {
      name: 'fidelity',
      listen: { host: '127.0.0.1', port: 0 },
      upstream: upstream.url,
      onAuditFailure: 'pass',
    },
    ledger: ledgerInto(lines, calls, accountId),
    registry,
    bucketSuffixes: [],
    accountId,
    region: 'us-east-1',
    regions: loadConfig({ env: {} }).regions,
    trustedProxies: loopback(),
    clock: systemClock,
    ids: systemIds,
    limits,
    log: quietLog,
    onRunEnded: () => undefined,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: lanes })
  const waiting = calls.values()
  const work = async () => {
    for (const { request, answer } of waiting) {
      const got = await send(request, proxy.address.port, agent)
      if (!isSame(got, answer, request)) throw new Error(`another answer to ${request.target}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: lanes }, work))
  } finally {
    agent.destroy()
    await proxy.close()
    upstream.close()
  }
  const records = lines.map(({ record }) => JSON.parse(record.toString()) as RealRecord)
  return new Map(records.map((record) => [keyOf(record), record]))
}

/** The proxy's own ledger over stores in memory. */
function ledgerInto(lines: Entry[], calls: readonly Call[], accountId: string): StateLedger {
  const known = calls.flatMap(({ accessKeyId, principal }) =>
    principal ? [[accessKeyId, principal] as const] : [],
  )
  return new StateLedger({
    state: new MemoryState(),
    journal: {
      synced: 0,
      has: () => false,
      ready: async () => undefined,
      append: async (entries) => ({ seqs: entries.map((entry) => lines.push(entry)) }),
    },
    outbox: { retry: () => undefined },
    findCredential: () => undefined,
    keys: new Map(known),
    accountId,
    region: 'us-east-1',
    clock: systemClock,
    ids: systemIds,
    limits,
  })
}

/** Answers each call by its access key; what comes is read to its end first. */
async function startUpstream(answers: ReadonlyMap<string, WireAnswer>) {
  const server = createServer((request, response) => {
    const key = /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1]
    const { status, headers, body } = answers.get(key ?? '')!
    request.resume().on('end', () => {
      response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function send(request: WireRequest, port: number, agent: Agent): Promise<WireAnswer> {
  const { method, target, body } = request
  const headers = { ...request.headers, 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, agent, method, path: target, headers }
    startRequest(to, (answer) => answerOf(answer).then(resolve, reject))
      .on('error', reject)
      .end(body)
  })
}

async function answerOf(answer: IncomingMessage): Promise<WireAnswer> {
  const body = Buffer.concat(await answer.toArray())
  return { status: answer.statusCode!, headers: answer.headers as Record<string, string>, body }
}

function isSame(got: WireAnswer, given: WireAnswer, { method }: WireRequest): boolean {
  const body = method === 'HEAD' ? Buffer.alloc(0) : given.body
  const isHead = Object.entries(given.headers).every(([name, value]) => got.headers[name] === value)
  return got.status === given.status && got.body.equals(body) && isHead
}

/** A caller's address is what it says: all of them are here. */
function loopback(): BlockList {
  const list = new BlockList()
  list.addAddress('127.0.0.1')
  return list
}

function keyOf({ userIdentity, additionalEventData }: RealRecord): string {
  return userIdentity.accessKeyId ?? additionalEventData?.claimedAccessKeyId
}
