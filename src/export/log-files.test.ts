import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SampleEvent, sampleEvent } from '../../test/sample-events.ts'
import { parseLogFileKey } from '../digest/names.ts'
import { type Bounds, LogFileFolder } from './log-files.ts'

const noon = Date.UTC(2026, 10, 21, 12)
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-log-files-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const record = (at: number, members: SampleEvent = {}) => JSON.stringify(sampleEvent(at, members))

async function exported(records: readonly string[], bounds?: Bounds, into = folder) {
  const files = new LogFileFolder(into, bounds)
  for (const one of records) await files.add(one)
  await files.finish()
  const keys = readdirSync(into, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(into.length + 1))
    .sort()
  expect(files.files).toBe(keys.length)
  return new Map(keys.map((key) => [key, String(gunzipSync(readFileSync(join(into, key))))]))
}

test('a file for each account, Region, kind and 5 minutes, named by the end of them', async () => {
  const files = await exported([
    record(noon - 60_000),
    record(noon),
    record(noon + 1000),
    record(noon, { awsRegion: 'eu-central-1' }),
    record(noon, { recipientAccountId: '444455556666' }),
    record(noon, { eventCategory: 'Insight' }),
  ])
  const names = [...files.keys()].map((key) => parseLogFileKey(key))
  const base = { prefix: '', accountId: '111122223333', region: 'us-east-1', kind: 'CloudTrail' }
  expect(names).toHaveLength(5)
  expect(names).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...base, time: noon }),
      expect.objectContaining({ ...base, time: noon + 5 * 60_000 }),
      expect.objectContaining({ ...base, region: 'eu-central-1' }),
      expect.objectContaining({ ...base, accountId: '444455556666' }),
      expect.objectContaining({ ...base, kind: 'CloudTrail-Insight' }),
    ]),
  )
})

test('records keep their bytes and their order', async () => {
  const first = `{ "eventTime":"2026-11-21T12:00:00Z", "n": 1.0, "ü":"\\u00fc" }`
  const second = first.replace('1.0', '2e0')
  const [content] = (await exported([first, second])).values()
  expect(content).toBe(`{"Records":[${first},${second}]}`)
})

test('the same records give the same names and bytes', async () => {
  const records = Array.from({ length: 40 }, (_, i) => record(noon + i * 30_000))
  const other = mkdtempSync(join(tmpdir(), 'contrail-log-files-'))
  try {
    expect(await exported(records)).toEqual(await exported(records, undefined, other))
  } finally {
    rmSync(other, { recursive: true })
  }
})

describe('bounds', () => {
  const records = Array.from({ length: 100 }, (_, i) => record(noon, { eventID: `e${i}` }))
  const size = Buffer.byteLength(records[99]!)

  test('no file is larger than its bound', async () => {
    const fileBytesMax = size * 10
    const files = await exported(records, { fileBytesMax, openBytesMax: size * 1000 })
    const sizes = [...files.values()].map((content) => Buffer.byteLength(content))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(fileBytesMax)
    const ids = [...files.values()].flatMap((content) => JSON.parse(content).Records)
    expect(ids).toHaveLength(100)
  })

  test('what is open stays bounded, and nothing is lost', async () => {
    const spread = records.map((_, i) => record(noon + (i % 7) * 400_000, { eventID: `e${i}` }))
    const bounds = { fileBytesMax: size * 50, openBytesMax: size * 20 }
    const files = await exported(spread, bounds)
    expect(files.size).toBeGreaterThan(7)
    const found = [...files.values()].flatMap((content) => JSON.parse(content).Records)
    expect(found.map(({ eventID }) => eventID).sort()).toEqual(
      records.map((_, i) => `e${i}`).sort(),
    )
  })

  test('the very same record again and again is in as many files', async () => {
    const one = record(noon)
    const bounds = { fileBytesMax: Buffer.byteLength(one) + 20, openBytesMax: 10_000 }
    expect((await exported([one, one, one], bounds)).size).toBe(3)
  })
})

test.each([
  ['an account', { recipientAccountId: '../../../etc' }, { accountId: '000000000000' }],
  ['no account', { recipientAccountId: null, userIdentity: {} }, { accountId: '000000000000' }],
  ['a Region', { awsRegion: '../../x' }, { region: 'unknown' }],
  ['a category', { eventCategory: '__proto__' }, { kind: 'CloudTrail' }],
  ['a time', { eventTime: '9'.repeat(99) }, { time: 0 }],
  ['a year', { eventTime: '+012026-11-21T12:00:00Z' }, { time: 0 }],
])('%s that no path may hold stays below the folder', async (_, members, name) => {
  const files = await exported([record(noon, members)])
  expect(parseLogFileKey([...files.keys()][0]!)).toMatchObject(name)
})
