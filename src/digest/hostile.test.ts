import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hour, type TestChain, testChain } from '../../test/digest-chain.ts'
import { bucket, digest, found, verdicts, verify } from '../../test/verified-chain.ts'
import { isoSeconds } from '../clock.ts'
import { type DigestName, digestKey, parseDigestKey } from './names.ts'

// What somebody who may write to the bucket can put there, without a key that counts.
describe('a hostile bucket', () => {
  const forged = (made: TestChain, name: Partial<DigestName>, document: object): string => {
    const key = digestKey({ ...testChain, endTime: made.end + hour, ...name })
    const times = {
      digestStartTime: isoSeconds(made.end),
      digestEndTime: isoSeconds(made.end + hour),
    }
    const content = {
      ...{ ...made.digests[0]!.document, ...times, logFiles: [] },
      ...{ digestS3Object: key, previousDigestS3Object: made.digests.at(-1)!.key, ...document },
    }
    const metadata = { signature: 'ab', 'signature-algorithm': 'SHA256withRSA' }
    made.objects.set(key, { body: gzipSync(JSON.stringify(content)), metadata })
    return key
  }

  test('with a digest that inflates to more than any has: it is named, and little of it held', async () => {
    const made = bucket()
    const { key, name, object } = digest(made, 1)
    made.objects.set(key, { ...object, body: gzipSync(Buffer.alloc(17 * 1024 * 1024, ' ')) })
    const reports = await verify(made)
    expect(found(reports)).toContain(`digest-unreadable ${name}`)
  })

  test('with a digest that lists more files than any: it is named', async () => {
    const made = bucket()
    const entry = { s3Bucket: 'audit', s3Object: 'x', hashValue: '' }
    forged(made, {}, { logFiles: Array(100_001).fill(entry) })
    expect(found(await verify(made))).toEqual(['digest-unreadable 20261120T080929Z'])
  })

  test('with digests linked in a circle: each is judged once', async () => {
    const made = bucket()
    const later = { endTime: made.end + 2 * hour }
    const last = digestKey({ ...testChain, ...later })
    const first = forged(made, {}, { previousDigestS3Object: last, previousDigestHashValue: 'x' })
    const end = isoSeconds(later.endTime)
    forged(made, later, { digestEndTime: end, previousDigestS3Object: first })
    const reports = await verify(made, { now: later.endTime + hour })
    expect(verdicts(reports, 'digest')).toBe('4 0 2')
    expect(verdicts(reports, 'log')).toBe('8 0 0')
  })

  test.each([
    ['a name with control characters', 'a\u001b[2Jb'],
    ['a name with slashes', 'a/b'],
  ])('with %s is no digest', async (_, trailName) => {
    const made = bucket()
    const key = forged(made, { trailName }, {})
    const kinds = found(await verify(made)).map((text) => text.split(' ')[0])
    expect([kinds, parseDigestKey(key)]).toEqual([['not-a-digest'], undefined])
  })

  test('with more digests in a day, or more chains, than are held: refused by name', async () => {
    const made = bucket()
    await expect(verify(made, { digestsOfDayMax: 3 })).rejects.toThrow(
      'more than 3 digests in one day: AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/',
    )
    for (let i = 0; i < 3; i++) forged(made, { trailName: `trail-${i}` }, {})
    await expect(verify(made, { chainsMax: 3 })).rejects.toThrow(
      'more than 3 chains of digests in 111122223333 us-east-1',
    )
    await verify(made, { digestsOfDayMax: 7, chainsMax: 4 })
  })
})
