import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { addLog, hour, type TestChain, testChain, uniquePart } from '../../test/digest-chain.ts'
import {
  addDigest,
  editDigest,
  rebuildDigest,
  removeDigests,
  replaceContent,
  restartChain,
  swapObjects,
} from '../../test/digest-edits.ts'
import {
  type Ask,
  bucket,
  digest,
  found,
  short,
  signer,
  stranger,
  verdicts,
  verify,
} from '../../test/verified-chain.ts'
import type { Report } from './finding.ts'
import { keyRing } from './public-key.ts'
import { memorySource } from './source.ts'
import { verifyChains } from './verify.ts'

const minute = 60_000

describe('an untouched chain', () => {
  test('is proven whole', async () => {
    const reports = await verify(bucket())
    expect(found(reports)).toEqual([])
    expect(verdicts(reports, 'digest')).toBe('4 0 0')
    expect(verdicts(reports, 'log')).toBe('8 0 0')
    const digests = reports.filter((report) => report.type === 'digest')
    expect(digests.map(({ link, signature }) => [link, signature])).toEqual([
      ['start', 'own'],
      ['intact', 'own'],
      ['intact', 'own'],
      ['intact', 'own'],
    ])
  })

  test('without log files is proven too', async () => {
    const reports = await verify(bucket({ filesPerDigest: 0 }))
    expect(found(reports)).toEqual([])
    expect(verdicts(reports, 'digest')).toBe('4 0 0')
  })

  test('as a copy without metadata: all but the last digest, which nothing proves', async () => {
    const reports = await verify(bucket(), { copy: true })
    expect(found(reports)).toEqual(['digest-unproven 20261120T070929Z'])
    expect(verdicts(reports, 'digest')).toBe('3 1 0')
    expect(verdicts(reports, 'log')).toBe('6 2 0')
  })

  test.each([
    { from: 0, until: 4.5, digests: 4 },
    { from: 0.5, until: 2.5, digests: 3 },
    { from: 1.5, until: 1.6, digests: 1 },
    { from: 3.5, until: 9, digests: 1 },
    { from: 8, until: 9, digests: 0 },
  ])('from hour $from until hour $until has $digests digests', async ({ from, until, digests }) => {
    const made = bucket()
    const start = made.end - 4 * hour
    const range = { from: start + from * hour, until: start + until * hour }
    const reports = await verify(made, { range })
    expect(found(reports)).toEqual([])
    expect(verdicts(reports, 'digest')).toBe(`${digests} 0 0`)
  })

  test('is proven with several trails over the same log folder, of which one is asked for', async () => {
    const made = bucket()
    const other = bucket({ chain: { trailName: 'other' }, salt: 'o' })
    for (const [key, object] of other.objects) made.objects.set(key, object)
    expect(verdicts(await verify(made), 'log')).toBe('16 0 0')
    const reports = await verify(made, { wanted: ({ trailName }) => trailName === 'other' })
    expect(found(reports)).toEqual([])
    expect(verdicts(reports, 'digest')).toBe('4 0 0')
  })

  test('is proven across a change of bucket', async () => {
    const old = bucket({ bucket: 'old', digests: 2, salt: 'o' })
    const made = bucket({ start: old.end, previous: old.digests[1]!.link })
    const otherBucket = (name: string) =>
      name === 'old' ? memorySource('old', old.objects) : undefined
    expect(found(await verify(made, { otherBucket }))).toEqual([])
    const last = short(old.digests[1]!.key)
    expect(found(await verify(made))).toEqual([`digest-missing ${last}`])
    const refused = {
      ...memorySource('old', new Map()),
      get: () => Promise.reject(new Error('no')),
    }
    const ask = { otherBucket: () => refused }
    expect(found(await verify(made, ask))).toEqual([`digest-missing ${last}`])
    old.objects.get(old.digests[1]!.key)!.body = gzipSync('{}')
    expect(verdicts(await verify(made, { otherBucket }), 'digest')).toBe('4 0 0')
  })

  test('is proven with a backfill chain of its own', async () => {
    const made = bucket()
    const generatedAt = made.end
    const backfill = {
      chain: { backfill: true },
      salt: 'b',
      digests: 2,
      filesPerDigest: 1,
      generatedAt,
    }
    for (const [key, object] of bucket(backfill).objects) made.objects.set(key, object)
    const reports = await verify(made)
    expect(found(reports)).toEqual([])
    expect(verdicts(reports, 'digest')).toBe('6 0 0')
    expect(verdicts(reports, 'log')).toBe('10 0 0')
  })
})

type Case = Readonly<{
  what: string
  touch(made: TestChain): void
  /** `kind name`, D0… for digests and L0… for log files. */
  finds: readonly string[]
  digests?: string
  logs?: string
  ask?: Ask
}>

/** Each row is something that may happen to a bucket of 4 digests with 2 log files each. */
const tampered: readonly Case[] = [
  {
    what: 'a log file changed',
    touch: (made) => replaceContent(made, made.logs[2]!.key, '{"Records":[]}'),
    finds: ['log-changed L2'],
    logs: '7 0 1',
  },
  {
    what: 'a log file with a second gzip member',
    touch: (made) => {
      const object = made.objects.get(made.logs[2]!.key)!
      object.body = Buffer.concat([object.body, gzipSync(' ')])
    },
    finds: ['log-changed L2'],
    logs: '7 0 1',
  },
  {
    what: 'a log file cut short',
    touch: (made) => {
      const object = made.objects.get(made.logs[2]!.key)!
      object.body = object.body.subarray(0, 40)
    },
    finds: ['log-unreadable L2'],
    logs: '7 0 1',
  },
  {
    what: 'a log file that inflates to more than any log file has',
    touch: (made) => {
      made.objects.get(made.logs[2]!.key)!.body = gzipSync(Buffer.alloc(3_000_000))
    },
    finds: ['log-unreadable L2'],
    ask: { inflatedBytesMax: 1_000_000 },
    logs: '7 0 1',
  },
  {
    what: 'a log file deleted',
    touch: (made) => made.objects.delete(made.logs[2]!.key),
    finds: ['log-missing L2'],
    logs: '7 0 1',
  },
  {
    what: 'two log files swapped',
    touch: (made) => swapObjects(made, made.logs[2]!.key, made.logs[3]!.key),
    finds: ['log-changed L2', 'log-changed L3'],
    logs: '6 0 2',
  },
  {
    what: 'a log file added',
    touch: (made) => addLog(made, { time: made.end - 3 * hour, unique: uniquePart('added') }),
    finds: ['log-unlisted L8'],
  },
  {
    what: 'a log file added under an odd name',
    touch: (made) => {
      const key = made.logs[2]!.key.replace('.json.gz', '.txt')
      made.objects.set(key, made.objects.get(made.logs[2]!.key)!)
    },
    finds: [`log-unlisted ${uniquePart('1x0')}.txt`],
  },
  {
    what: 'a log file delivered after the last digest',
    touch: (made) => addLog(made, { time: made.end + 4 * minute, unique: uniquePart('late') }),
    finds: ['log-pending L8'],
  },
  {
    what: 'a late log file, which the next digest will list',
    touch: (made) =>
      addLog(made, { time: made.end - 3 * hour, unique: uniquePart('l'), modified: made.end }),
    finds: ['log-in-gap L8'],
  },
  {
    what: 'a log file added when the last digest was there',
    touch: (made) => {
      const modified = made.end - 1_000
      addLog(made, { time: made.end - 3 * hour, unique: uniquePart('added'), modified })
    },
    finds: ['log-unlisted L8'],
  },
  {
    what: 'a log file added long after the last digest, for the time before it',
    touch: (made) => {
      const modified = made.end + 8 * hour
      addLog(made, { time: made.end - 3 * hour, unique: uniquePart('added'), modified })
    },
    finds: ['log-unlisted L8', 'chain-ended'],
    ask: { now: bucket().end + 9 * hour },
  },
  {
    what: 'a log file long after the last digest',
    touch: (made) => addLog(made, { time: made.end + 5 * minute, unique: uniquePart('late') }),
    finds: ['log-in-gap L8', 'chain-ended'],
    ask: { now: bucket().end + 9 * hour },
  },
  {
    what: 'a digest changed',
    touch: (made) => editDigest(made, 1),
    finds: ['digest-changed D1'],
    digests: '3 0 1',
    logs: '6 2 0',
  },
  {
    what: 'a digest that is not JSON',
    touch: (made) => {
      digest(made, 1).object.body = gzipSync('hello')
    },
    finds: ['digest-unreadable D1', 'log-unproven L2', 'log-unproven L3'],
    digests: '3 0 1',
    logs: '6 0 0',
  },
  {
    what: 'a digest deleted',
    touch: (made) => made.objects.delete(digest(made, 1).key),
    finds: ['digest-missing D1', 'log-unproven L2', 'log-unproven L3'],
    digests: '3 0 0',
    logs: '6 0 0',
  },
  {
    what: 'the first digests deleted',
    touch: (made) => removeDigests(made, 0, 2),
    finds: [
      'digest-missing D1',
      'log-unproven L0',
      'log-unproven L1',
      'log-unproven L2',
      'log-unproven L3',
    ],
    digests: '2 0 0',
    logs: '4 0 0',
  },
  {
    what: 'the last digests deleted',
    touch: (made) => removeDigests(made, 2, 4),
    finds: ['log-in-gap L4', 'log-in-gap L5', 'log-in-gap L6', 'log-in-gap L7', 'chain-ended'],
    ask: { now: bucket().end + 9 * hour },
    digests: '2 0 0',
    logs: '4 0 0',
  },
  {
    what: 'all digests deleted',
    touch: (made) => removeDigests(made, 0, 4),
    finds: ['chain-missing L0'],
    digests: '0 0 0',
    logs: '0 0 0',
  },
  {
    what: 'two digests swapped',
    touch: (made) => swapObjects(made, digest(made, 1).key, digest(made, 2).key),
    finds: [
      'digest-moved D1',
      'digest-moved D2',
      'log-unproven L2',
      'log-unproven L3',
      'log-unproven L4',
      'log-unproven L5',
    ],
    digests: '2 0 2',
    logs: '4 0 0',
  },
  {
    what: 'an older, properly signed version of a digest put back',
    touch: (made) => rebuildDigest(made, 1, signer, { files: made.logs.slice(2, 3) }),
    finds: ['digest-replaced D1', 'log-unproven L3'],
    digests: '3 0 1',
    logs: '6 1 0',
  },
  {
    what: 'a digest changed and signed with another key',
    touch: (made) => rebuildDigest(made, 1, stranger, { files: [] }),
    finds: ['key-unknown D1', 'log-unproven L2', 'log-unproven L3'],
    digests: '3 0 1',
    logs: '6 0 0',
  },
  {
    what: 'a digest signed with another key in the name of the right one',
    touch: (made) => rebuildDigest(made, 1, { ...stranger, fingerprint: signer.fingerprint }, {}),
    finds: ['digest-changed D1'],
    digests: '3 0 1',
  },
  {
    what: 'a digest without its metadata',
    touch: (made) => {
      const { key, stored } = digest(made, 1)
      made.objects.set(key, { body: stored, metadata: {} })
    },
    finds: ['metadata-missing D1'],
    digests: '3 0 1',
  },
  {
    what: 'a chain restarted an hour later',
    touch: (made) => restartChain(made, signer, { hours: 1, digests: 2 }),
    finds: ['chain-restarted 20261120T090929Z'],
    digests: '6 0 0',
    logs: '12 0 0',
  },
  {
    what: 'a file delivered while the chain was off',
    touch: (made) => {
      addLog(made, { time: made.end + 150 * minute, unique: uniquePart('off') })
      restartChain(made, signer, { hours: 5, digests: 2 })
    },
    finds: ['chain-restarted 20261120T130929Z', 'log-in-gap L8'],
    digests: '6 0 0',
    logs: '12 0 0',
  },
  {
    what: 'the clock set back: a digest that begins before the last ends',
    touch: (made) => addDigest(made, signer, { late: -30 * minute }),
    finds: ['digest-overlap D4'],
    digests: '4 0 1',
  },
  {
    what: 'the clock set back further: a digest that ends before the last',
    touch: (made) => addDigest(made, signer, { late: -90 * minute }),
    finds: ['digest-out-of-order D4'],
    digests: '4 0 1',
  },
  {
    what: 'the clock set back, and the chain going on from there',
    touch: (made) => {
      addDigest(made, signer, { late: -90 * minute })
      addDigest(made, signer, { late: -30 * minute })
    },
    finds: ['digest-out-of-order D4'],
    digests: '5 0 1',
  },
  {
    what: 'an hour that no digest of an unbroken chain covers',
    touch: (made) => addDigest(made, signer, { late: hour }),
    finds: ['time-gap D4'],
    digests: '5 0 0',
  },
  {
    what: 'a digest from the future',
    touch: () => {},
    finds: ['digest-times D3'],
    ask: { now: bucket().end - 1 },
    digests: '3 0 1',
  },
  {
    what: 'a log file listed by two digests',
    touch: (made) => addDigest(made, signer, { files: made.logs.slice(6, 7) }),
    finds: ['log-listed-twice L6', 'records-repeated L6'],
    digests: '5 0 0',
    logs: '9 0 0',
  },
  {
    what: 'a properly signed digest that the chain passes over',
    touch: (made) => {
      rebuildDigest(made, 2, signer, {
        startTime: made.end - 2 * hour,
        endTime: made.end - 90 * minute,
        files: [],
      })
    },
    finds: ['digest-unlinked 20261120T053929Z'],
    digests: '5 0 0',
  },
  {
    what: 'a log file named for an hour long past',
    touch: (made) => {
      addDigest(made, signer, {
        files: [addLog(made, { time: made.end - 3 * hour, unique: uniquePart('late') })],
      })
    },
    finds: ['log-late L8'],
    digests: '5 0 0',
    logs: '9 0 0',
  },
  {
    what: 'records that two files have',
    touch: (made) => {
      const { body } = made.objects.get(made.logs[7]!.key)!
      const file = addLog(made, { time: made.end - hour, unique: uniquePart('7x') })
      made.objects.set(file.key, { body })
      addDigest(made, signer, { files: [{ ...file, sha256: made.logs[7]!.sha256 }] })
    },
    finds: ['records-repeated L8'],
    digests: '5 0 0',
    logs: '9 0 0',
  },
  {
    what: 'files of a kind that digests do not list',
    touch: (made) => {
      const { body } = made.objects.get(made.logs[0]!.key)!
      for (const { key } of made.logs.slice(0, 2)) {
        made.objects.set(key.replaceAll('CloudTrail', 'CloudTrail-Insight'), { body })
      }
    },
    finds: ['kind-undigested L0'],
  },
  {
    what: "an object in the digests' folder that is none",
    touch: (made) => {
      made.objects.set(digest(made, 1).key.replace('_main_', '_'), digest(made, 1).object)
    },
    finds: ['not-a-digest D1'],
  },
]

describe('what was touched is named', () => {
  test.each(tampered)('$what', async ({ touch, finds, digests, logs, ask }) => {
    const made = bucket()
    touch(made)
    const names = new Map([
      ...made.digests.map(({ key }, n) => [short(key), `D${n}`] as const),
      ...made.logs.map(({ key }, n) => [short(key), `L${n}`] as const),
    ])
    const reports = await verify(made, ask)
    const named = found(reports).map((text) => {
      const [kind, name] = text.split(' ')
      return name ? `${kind} ${names.get(name) ?? name}` : kind
    })
    expect(named).toEqual(finds)
    expect(verdicts(reports, 'digest')).toBe(digests ?? '4 0 0')
    expect(verdicts(reports, 'log')).toBe(logs ?? '8 0 0')
  })

  test('a copy without metadata of a changed digest', async () => {
    const made = bucket()
    editDigest(made, 1)
    const reports = await verify(made, { copy: true })
    expect(found(reports)).toEqual([
      `digest-changed ${digest(made, 1).name}`,
      `digest-unproven ${digest(made, 3).name}`,
    ])
    expect(verdicts(reports, 'digest')).toBe('2 1 1')
  })

  test('keys that were not valid then', async () => {
    const made = bucket()
    const keys = keyRing([{ ...signer.publicKey, validUntil: made.end - 3 * hour }])
    const source = memorySource(made.bucket, made.objects)
    const reports: Report[] = []
    for await (const report of verifyChains(source, testChain, keys, {}, { now: made.end })) {
      reports.push(report)
    }
    const kinds = ['key-outside-validity', 'key-outside-validity', 'key-outside-validity']
    expect(found(reports).map((text) => text.split(' ')[0])).toEqual(kinds)
  })
})
