import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Chain,
  chainId,
  digestKey,
  type LogFileName,
  logFileKey,
  logKinds,
  parseDigestKey,
  parseLogFileKey,
} from './names.ts'

const place = { prefix: '', accountId: '111122223333', region: 'us-east-2' }
const chain: Chain = { ...place, trailName: 'MyTrail', homeRegion: 'us-east-1', backfill: false }

describe('keys', () => {
  const time = Date.parse('2015-08-17T14:01:31Z')
  const file = '111122223333_CloudTrail-Digest_us-east-2_MyTrail_us-east-1_20150817T140131Z'
  const folder = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/'

  test.each([
    { what: 'a digest', of: chain, key: `${folder}${file}.json.gz` },
    {
      what: 'a backfill digest',
      of: { ...chain, backfill: true },
      key: `${folder}${file}_backfill.json.gz`,
    },
    {
      what: 'one under a prefix',
      of: { ...chain, prefix: 'a/b' },
      key: `a/b/${folder}${file}.json.gz`,
    },
    {
      what: "an organization's",
      of: { ...chain, organizationId: 'o-a1b2c3d4e5' },
      key: `${folder.replace('Logs/', 'Logs/o-a1b2c3d4e5/')}${file}.json.gz`,
    },
  ])('$what', ({ of, key }) => {
    expect(digestKey({ ...of, endTime: time })).toBe(key)
    expect(parseDigestKey(key)).toEqual({ ...of, endTime: time })
  })

  test('a log file', () => {
    const key =
      'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1400Z_2iIH7bVQhCRhZVtK.json.gz'
    const name: LogFileName = {
      ...place,
      kind: 'CloudTrail',
      time: Date.parse('2015-08-17T14:00Z'),
      unique: '2iIH7bVQhCRhZVtK',
    }
    expect(logFileKey(name)).toBe(key)
    expect(parseLogFileKey(key)).toEqual(name)
  })

  test.each([
    [
      'a log file in place of a digest',
      'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/x.json.gz',
    ],
    ['the wrong day', `${folder.replace('17/', '18/')}${file}.json.gz`],
    ['no such day', `${folder.replace('08/17/', '13/45/')}${file.replace('0817', '1345')}.json.gz`],
    [
      "another account's folder",
      `${folder.replace('111122223333', '999922223333')}${file}.json.gz`,
    ],
    ["another Region's folder", `${folder.replace('us-east-2', 'us-west-2')}${file}.json.gz`],
    ['a folder within the day', `${folder}more/${file}.json.gz`],
    ['another ending', `${folder}${file}.json`],
    ['nothing', ''],
  ])('%s is no digest', (_, key) => {
    expect(parseDigestKey(key)).toBeUndefined()
  })

  test('any name that can be written can be read', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
    const region = fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-\d$/)
    const places = fc.record({
      prefix: fc.constantFrom('', 'p', 'a/b', 'AWSLogs', 'x/AWSLogs/y'),
      organizationId: fc.constantFrom(undefined, 'o-abcde12345'),
      accountId: fc.stringMatching(/^\d{12}$/),
      region,
    })
    const trailName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$/)
    fc.assert(
      fc.property(
        places,
        trailName,
        region,
        fc.boolean(),
        seconds,
        (where, name, home, backfill, s) => {
          const { organizationId, ...rest } = where
          const made = {
            ...rest,
            ...(organizationId ? { organizationId } : {}),
            trailName: name,
            homeRegion: home,
          }
          const digest = { ...made, backfill, endTime: s * 1000 }
          expect(parseDigestKey(digestKey(digest))).toEqual(digest)
        },
      ),
    )
    fc.assert(
      fc.property(places, fc.constantFrom(...logKinds), seconds, (where, kind, s) => {
        const key = logFileKey({ ...where, kind, time: s * 1000, unique: 'aB3' })
        const name = parseLogFileKey(key)!
        expect(logFileKey(name)).toBe(key)
      }),
    )
  })

  test('a trail and its backfill are different chains', () => {
    expect(chainId(chain)).not.toBe(chainId({ ...chain, backfill: true }))
  })
})
