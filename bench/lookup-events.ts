// Claim: LookupEvents answers in milliseconds by any attribute, page 20 as fast as page 1.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Claim, Figure, Measured } from '../src/cli/bench-claim.ts'
import type { Event, LookupAttribute, LookupEventsRequest } from '../src/gen/cloudtrail-types.ts'
import { startTestServer, type TestServer } from '../test/server.ts'
import { mulberry32 } from './generate.ts'
import { account, lookUp, percentile } from './lookup-client.ts'
import { benchFolder, fillDataFolder, removeFolder } from './trail-folder.ts'

const days = 85
const dayMs = 24 * 3600_000
const samples = 200
const chains = 30
const lastPage = 20

const valueIn: Readonly<
  Record<LookupAttribute['AttributeKey'], (event: Event) => string | undefined>
> = {
  EventId: ({ EventId }) => EventId,
  EventName: ({ EventName }) => EventName,
  ReadOnly: ({ ReadOnly }) => ReadOnly,
  Username: ({ Username }) => Username,
  ResourceType: ({ Resources }) => Resources?.[0]?.ResourceType,
  ResourceName: ({ Resources }) => Resources?.[0]?.ResourceName,
  EventSource: ({ EventSource }) => EventSource,
  AccessKeyId: ({ AccessKeyId }) => AccessKeyId,
}

export const lookupEvents: Claim = {
  name: 'lookup-events',
  says: 'LookupEvents by any attribute in milliseconds, page 20 as fast as page 1',

  async run({ events, folder, progress }) {
    const data = folder ?? benchFolder()
    try {
      if (!existsSync(join(data, 'journal'))) await fillDataFolder(data, { events, days, progress })
      return await measureLookups(data, progress)
    } finally {
      if (folder === undefined) removeFolder(data)
    }
  },
}

async function measureLookups(data: string, progress: (text: string) => void): Promise<Measured> {
  const server = await startTestServer({ data, env: { CONTRAIL_ACCOUNT: account } })
  try {
    progress('choosing what to look for')
    const found = await randomEvents(server)
    const events = (await historyCursor(server)).toLocaleString('en-US')
    const figures = percentiles(
      'nothing to be found',
      await times(server, Array(samples).fill(none)),
    )
    const [nothing] = figures
    const byAttribute: Figure[] = []
    for (const [key, value] of Object.entries(valueIn)) {
      progress(`by ${key}`)
      const inputs = found.flatMap((event) => filterOf(key as keyof typeof valueIn, value(event)))
      byAttribute.push(...percentiles(`by ${key}`, await times(server, inputs), true))
    }
    const slowest = (share: string): Figure => ({
      what: `the slowest ${share}, of nothing to be found`,
      value:
        Math.max(...byAttribute.flatMap(({ what, value }) => (what.endsWith(share) ? value : []))) /
        nothing!.value,
      unit: '×',
    })
    figures.push(...byAttribute, slowest('p50'), slowest('p99'))
    progress('without an attribute')
    figures.push(...percentiles('no attribute', await times(server, Array(samples).fill({})), true))
    progress('paging')
    figures.push(...(await paging(server)))
    return {
      figures,
      notes: [
        `${events} events over ${days} days. Over HTTP, signed, one call after another, pages of 50, in a real \`serve\`; ${samples} values of ` +
          'random events for each attribute, so that common ones are asked for more often. Every call is recorded and synced before ' +
          'it is answered: “nothing to be found” (Insights events, of which there are none) shows what that alone costs.',
      ],
    }
  } finally {
    await server.stop()
  }
}

type Filter = Pick<LookupEventsRequest, 'LookupAttributes' | 'EventCategory'>

const none: Filter = { EventCategory: 'insight' }

/** How many events history holds. */
async function historyCursor({ url }: TestServer): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^contrail_history_cursor_seq (\d+)$/m.exec(metrics)![1])
}

/** The newest event before each of many random times. */
async function randomEvents(server: TestServer): Promise<Event[]> {
  const random = mulberry32(7)
  const found: Event[] = []
  while (found.length < samples) {
    const EndTime = (Date.now() - random() * (days - 1) * dayMs) / 1_000
    found.push(...((await lookUp(server, { EndTime, MaxResults: 1 })).Events ?? []))
  }
  return found
}

function filterOf(
  AttributeKey: LookupAttribute['AttributeKey'],
  AttributeValue: string | undefined,
): Filter[] {
  return AttributeValue ? [{ LookupAttributes: [{ AttributeKey, AttributeValue }] }] : []
}

/** Milliseconds of each call. */
async function times(server: TestServer, inputs: readonly Filter[]): Promise<number[]> {
  const taken: number[] = []
  for (const input of inputs) {
    const started = performance.now()
    await lookUp(server, input)
    taken.push(performance.now() - started)
  }
  return taken
}

function percentiles(what: string, taken: readonly number[], promised = false): Figure[] {
  const [p50, p99] = promised ? [{ atMost: 5 }, { atMost: 25 }] : [{}, {}]
  return [
    { what: `${what}, p50`, value: percentile(taken, 0.5), unit: 'ms', ...p50 },
    { what: `${what}, p99`, value: percentile(taken, 0.99), unit: 'ms', ...p99 },
  ]
}

/** Page 20 beside page 1 of the same answers: what is read-only, and everything. */
async function paging(server: TestServer): Promise<Figure[]> {
  const first: number[] = []
  const last: number[] = []
  for (let i = 0; i < chains; i++) {
    const input: Filter = i % 2 === 0 ? {} : filterOf('ReadOnly', 'true')[0]!
    let NextToken: string | undefined
    for (let page = 1; page <= lastPage; page++) {
      const started = performance.now()
      const answer = await lookUp(server, { ...input, NextToken })
      const taken = performance.now() - started
      if (page === 1) first.push(taken)
      if (page === lastPage) last.push(taken)
      NextToken = answer.NextToken
    }
  }
  const [one, twenty] = [percentile(first, 0.5), percentile(last, 0.5)]
  return [
    { what: 'page 1, p50', value: one, unit: 'ms' },
    { what: `page ${lastPage}, p50`, value: twenty, unit: 'ms' },
    { what: `page ${lastPage} of page 1`, value: twenty / one, unit: '×', atMost: 1.25 },
  ]
}
