import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  buildDigest,
  fingerprintOf,
  keyRing,
  memorySource,
  type Report,
  verifyChains,
} from '../src/digest/exports.ts'

test('another program builds a chain and verifies it with what the package offers', async () => {
  const { privateKey, publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const fingerprint = fingerprintOf(key)
  const place = { prefix: '', accountId: '111122223333', region: 'us-east-1' }
  const chain = { ...place, trailName: 'main', homeRegion: 'us-east-1', backfill: false }
  const startTime = Date.UTC(2026, 10, 21)
  const endTime = startTime + 3600_000
  const contents = { chain, bucket: 'b', startTime, endTime, previous: null, files: [] }
  const digest = buildDigest(contents, { privateKey, fingerprint })
  const objects = new Map([[digest.key, { body: digest.stored, metadata: digest.metadata }]])
  const keys = keyRing([{ fingerprint, key }])
  const reports: Report[] = []
  const source = memorySource('b', objects)
  for await (const report of verifyChains(source, place, keys, {}, { now: endTime }))
    reports.push(report)
  expect(reports).toMatchObject([{ type: 'digest', verdict: 'proven' }])
})
