// Everything a trail owed by the journal is in exactly one of its log files, and every log file in one digest, after
// changes, refusing buckets, restarts and kill -9: FULL=1 for a hundred of them, a few otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail'
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { afterAll, expect, test } from 'vitest'
import {
  type FindKey,
  keyRing,
  memorySource,
  publicKeyFromDer,
  type Report,
  type StoredObject,
  verifyChains,
} from '../../src/digest/exports.ts'
import { Random } from '../fuzz/random.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'
import { clientOptions } from './load.ts'
import { owedByBucket } from './owed.ts'
import { bucketOf, regions, TrailLife, trails } from './trail-life.ts'
import { readSegments } from './verify.ts'

const rounds = process.env['FULL'] ? 100 : 5
const seed = Number(process.env['SEED'] ?? 1)
const minute = 60_000
const accountId = '000000000000'
const pace = {
  CONTRAIL_DELIVERY_INTERVAL: '1s',
  CONTRAIL_DIGEST_INTERVAL: '3s',
  CONTRAIL_REGIONS: regions.join(' '),
}

const data = mkdtempSync(join(tmpdir(), 'contrail-delivered-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

type Objects = Map<string, StoredObject>

test(`${rounds} kills: what is delivered is what was owed, and digests prove it`, {
  timeout: (rounds + 5) * minute,
}, async () => {
  const random = new Random(seed)
  for (let round = 0; round < rounds; round++) {
    const server = await startTestServer({ data, env: pace })
    const life = new TrailLife(server, random)
    if (round === 0) await life.begin()
    const living = life.live()
    await sleep(300 + random.below(2_000))
    await server.kill()
    life.end()
    await living
  }
  const server = await startTestServer({ data, env: pace })
  await new TrailLife(server, random).stopAll()
  const buckets = new Map<string, Objects>(trails.map((trail) => [bucketOf(trail), new Map()]))
  const unlike = await until(() => differences(server, buckets), isNothing, 2 * minute)
  expect(unlike, `SEED=${seed}`).toEqual({ missing: [], extra: [], repeated: [], unproven: [] })
  const owed = [...owedByBucket(readSegments(data)).values()]
  expect(owed.map((ids) => ids.length > rounds)).toEqual(trails.map(() => true))
  expect(await findings(server, buckets), `SEED=${seed}`).toEqual([])
  expect(await server.stop()).toBe(0)
})

type Differences = Readonly<Record<'missing' | 'extra' | 'repeated' | 'unproven', string[]>>

const isNothing = (found: Differences) => Object.values(found).every((list) => list.length === 0)

/** Between what was owed and what lies there; `unproven` are log files that no digest proves. */
async function differences(server: TestServer, buckets: Map<string, Objects>) {
  const found = { missing: [], extra: [], repeated: [], unproven: [] } as Record<
    keyof Differences,
    string[]
  >
  const owed = owedByBucket(readSegments(data))
  for (const [bucket, objects] of buckets) {
    await readBucket(server, bucket, objects)
    const logs = [...objects.keys()].filter((key) => /\/CloudTrail\/.+\.json\.gz$/.test(key))
    const delivered = logs.flatMap((key) => eventIDs(objects.get(key)!.body as Uint8Array))
    const wanted = new Set(owed.get(bucket))
    const there = new Set(delivered)
    const name = (id: string) => `${bucket} ${id}`
    found.missing.push(...[...wanted].filter((id) => !there.has(id)).map(name))
    found.extra.push(...[...there].filter((id) => !wanted.has(id)).map(name))
    const seen = new Set<string>()
    const twice = delivered.filter((id) => seen.size === seen.add(id).size)
    found.repeated.push(...twice.map(name))
    const reports = await verified(server, bucket, objects)
    const proven = new Set(reports.flatMap((one) => (isProven(one) ? [one.key] : [])))
    found.unproven.push(...logs.filter((key) => !proven.has(key)).map(name))
  }
  return found
}

function isProven(report: Report): report is Extract<Report, { type: 'log' }> {
  return report.type === 'log' && report.verdict === 'proven'
}

/** What a verifier finds wrong, or covered by no digest between linked ones. */
async function findings(server: TestServer, buckets: Map<string, Objects>): Promise<unknown[]> {
  const reports = await Promise.all(
    [...buckets].map(([bucket, objects]) => verified(server, bucket, objects)),
  )
  return reports
    .flat()
    .filter((one) => one.type === 'finding')
    .filter(({ severity, kind }) => severity === 'failure' || kind === 'time-gap')
}

async function verified(server: TestServer, bucket: string, objects: Objects): Promise<Report[]> {
  const reports: Report[] = []
  for (const region of regions) {
    const place = { prefix: '', accountId, region }
    const source = memorySource(bucket, objects)
    const keys = await publicKeys(server, region)
    const options = { now: Date.now() }
    for await (const one of verifyChains(source, place, keys, {}, options)) reports.push(one)
  }
  return reports
}

async function publicKeys(server: TestServer, region: string): Promise<FindKey> {
  const cloudtrail = new CloudTrailClient({ ...clientOptions(server), region })
  const { PublicKeyList = [] } = await cloudtrail.send(new ListPublicKeysCommand({}))
  return keyRing(
    PublicKeyList.map(({ Value, ValidityStartTime, ValidityEndTime }) =>
      publicKeyFromDer(Value!, {
        validFrom: ValidityStartTime!.getTime(),
        validUntil: ValidityEndTime!.getTime(),
      }),
    ),
  )
}

/** Adds what is new in the bucket; what was read once is not read again. */
async function readBucket(server: TestServer, Bucket: string, objects: Objects): Promise<void> {
  const client = new S3Client({ ...clientOptions(server), forcePathStyle: true })
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key } of Contents) {
      if (objects.has(Key!)) continue
      const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }))
      objects.set(Key!, { body: await Body!.transformToByteArray(), metadata: Metadata! })
    }
  }
  client.destroy()
}

function eventIDs(body: Uint8Array): string[] {
  const { Records } = JSON.parse(gunzipSync(body).toString()) as { Records: { eventID: string }[] }
  return Records.map(({ eventID }) => eventID)
}
