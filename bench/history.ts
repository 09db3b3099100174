// Claim: history keeps up with ingest, and a new event is found within a second.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer, type TestServer } from '../test/server.ts'
import { generateTrail } from './generate.ts'
import { makeBodies, postRate, targetOf } from './ingest-load.ts'
import { account, lookUp, percentile } from './lookup-client.ts'

const records = 1_000
const bodies = 300
const connections = 4
/** While freshness is measured, so much comes in besides: 10,000 events a second. */
const paceMs = 100
const probes = 150

export const history: Claim = {
  name: 'history',
  says: 'history keeps up with ingest, and a new event is found at once',

  async run({ progress }) {
    const server = await startTestServer({ env: { CONTRAIL_ACCOUNT: account } })
    try {
      progress('ingest until everything is found')
      const load = makeBodies({ bodies, records, seed: 1 }, Date.now())
      const started = performance.now()
      const rate = await postRate(targetOf(server), load, { connections, records })
      await caughtUp(server)
      const seconds = (performance.now() - started) / 1_000
      progress('new events')
      const delays = await foundAfter(server)
      return {
        figures: [
          {
            what: 'ingest and history together, until all is found',
            value: (bodies * records) / seconds,
            unit: 'events/s',
            atLeast: 30_000,
          },
          { what: 'ingest alone meanwhile', value: rate * records, unit: 'events/s' },
          {
            what: 'together, of ingest alone',
            value: bodies / seconds / rate,
            unit: '×',
          },
          { what: 'acknowledged until found, p50', value: percentile(delays, 0.5), unit: 'ms' },
          {
            what: 'acknowledged until found, p99',
            value: percentile(delays, 0.99),
            unit: 'ms',
            atMost: 1_000,
          },
        ],
        notes: [
          `${(bodies * records) / 1_000} k events over ${connections} connections into a real \`serve\`, until its lag is 0. Then ${probes} events, ` +
            `each asked for by its id with LookupEvents until it is there, while ${(records * 1_000) / paceMs} others a second come in.`,
        ],
      }
    } finally {
      await removeTestServer(server)
    }
  },
}

/** Resolves once every durable record is found. */
export async function caughtUp({ url }: TestServer): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    if (/^contrail_history_lag_records 0$/m.test(metrics)) return
    await sleep(20)
  }
}

/** Milliseconds from an event's acknowledgement until LookupEvents gives it, for each of many events. */
async function foundAfter(server: TestServer): Promise<number[]> {
  const others = makeBodies({ bodies: 200, records, seed: 2 }, Date.now()).values()
  const around = setInterval(() => {
    const body = others.next().value
    if (body) postRate(targetOf(server), [body], { connections: 1, records }).catch(() => undefined)
  }, paceMs)
  try {
    const delays: number[] = []
    for (const { id, body } of probeEvents()) {
      await postRate(targetOf(server), [body], { connections: 1, records: 1 })
      const acknowledged = performance.now()
      const LookupAttributes = [{ AttributeKey: 'EventId' as const, AttributeValue: id }]
      while ((await lookUp(server, { LookupAttributes })).Events?.length !== 1) await sleep(2)
      delays.push(performance.now() - acknowledged)
    }
    return delays
  } finally {
    clearInterval(around)
  }
}

function* probeEvents(): Generator<{ id: string; body: Buffer }> {
  const now = Date.now()
  for (const text of generateTrail({ events: probes, from: now, to: now, seed: 3 })) {
    const event = { ...JSON.parse(text), awsRegion: 'us-east-1', recipientAccountId: account }
    yield { id: event.eventID, body: Buffer.from(`${JSON.stringify(event)}\n`) }
  }
}
