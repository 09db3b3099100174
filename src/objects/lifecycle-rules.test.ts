// What rules say of one version: days and dates, filters, where it stands.
import { describe, expect, test } from 'vitest'
import type { LifecycleRule } from '../gen/s3-types.ts'
import type { ObjectVersion } from './contract.ts'
import { abortOf, enabledRules, expirationOf, type Standing, verdictOn } from './lifecycle-rules.ts'

const at = (text: string) => Date.parse(`2026-${text}Z`)
const version: ObjectVersion = {
  key: 'logs/a',
  versionId: 'v',
  lastModified: at('01-15T10:30:00'),
  blobs: [],
  size: 100,
  etag: '',
  headers: {},
  metadata: {},
  tags: { team: 'a', kind: 'log' },
  encryption: 'AES256',
  accountId: '111122223333',
}
const marker: ObjectVersion = { ...version, isDeleteMarker: true, size: 0, tags: {} }
const current: Standing = {
  isCurrent: true,
  isOnly: true,
  noncurrentSince: undefined,
  newerNoncurrent: 0,
}
const noncurrent = { isCurrent: false, isOnly: false, noncurrentSince: at('02-01T12:00:00') }
const rule = (members: Partial<LifecycleRule>): LifecycleRule => ({ Status: 'Enabled', ...members })

describe('the current version', () => {
  const after3Days = (Filter: LifecycleRule['Filter']) => rule({ Filter, Expiration: { Days: 3 } })
  const late = at('06-01T00:00:00')
  test.each([
    ['before the midnight behind its days', after3Days({}), at('01-18T23:59:59.999'), 'keep'],
    ['from that midnight on', after3Days({}), at('01-19T00:00:00'), 'expire'],
    ['no filter at all', rule({ Expiration: { Days: 3 } }), late, 'expire'],
    ['before the date', rule({ Expiration: { Date: new Date(late) } }), late - 1, 'keep'],
    ['from the date on', rule({ Expiration: { Date: new Date(late) } }), late, 'expire'],
    ['prefix', after3Days({ Prefix: 'logs/' }), late, 'expire'],
    ['other prefix', after3Days({ Prefix: 'log/' }), late, 'keep'],
    ['old-style prefix', rule({ Prefix: 'x', Expiration: { Days: 3 } }), late, 'keep'],
    ['tag', after3Days({ Tag: { Key: 'team', Value: 'a' } }), late, 'expire'],
    ['tag of other value', after3Days({ Tag: { Key: 'team', Value: 'b' } }), late, 'keep'],
    ['no such tag', after3Days({ Tag: { Key: 'constructor', Value: '' } }), late, 'keep'],
    ['larger', after3Days({ ObjectSizeGreaterThan: 99 }), late, 'expire'],
    ['not larger', after3Days({ ObjectSizeGreaterThan: 100 }), late, 'keep'],
    ['smaller', after3Days({ ObjectSizeLessThan: 101 }), late, 'expire'],
    ['not smaller', after3Days({ ObjectSizeLessThan: 100 }), late, 'keep'],
    [
      'all of And',
      after3Days({ And: { Prefix: 'logs', Tags: [{ Key: 'kind', Value: 'log' }] } }),
      late,
      'expire',
    ],
    [
      'not all of And',
      after3Days({ And: { Prefix: 'logs', ObjectSizeLessThan: 10, Tags: [] } }),
      late,
      'keep',
    ],
    [
      'only transitions',
      rule({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }),
      late,
      'keep',
    ],
    [
      'only older versions',
      rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
      late,
      'keep',
    ],
  ] as const)('%s', (_, one, now, verdict) => {
    expect(verdictOn(version, current, [one], now)).toBe(verdict)
  })
})

describe('a marker of a deletion', () => {
  const spent = rule({ Expiration: { ExpiredObjectDeleteMarker: true } })
  const days = rule({ Expiration: { Days: 3 } })
  const tagged = rule({ Filter: { Tag: { Key: 'team', Value: 'a' } }, Expiration: { Days: 3 } })
  const soon = at('01-16T00:00:00')
  const late = at('06-01T00:00:00')
  test.each([
    ['alone', current, spent, soon, 'remove'],
    ['with versions below', { ...current, isOnly: false }, spent, soon, 'keep'],
    ['alone and young', current, days, soon, 'keep'],
    ['alone and old', current, days, late, 'remove'],
    ['under a filter for tags', current, tagged, late, 'keep'],
  ] as const)('%s', (_, standing, one, now, verdict) => {
    expect(verdictOn(marker, standing, [one], now)).toBe(verdict)
  })
})

describe('an older version', () => {
  const older = (NewerNoncurrentVersions?: number) =>
    rule({ NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions } })
  test.each([
    ['young', older(), 0, at('02-03T23:00:00'), 'keep'],
    ['old', older(), 0, at('02-04T00:00:00'), 'remove'],
    ['among those that are kept', older(2), 1, at('06-01T00:00:00'), 'keep'],
    ['behind those that are kept', older(2), 2, at('06-01T00:00:00'), 'remove'],
    [
      'not by days of current ones',
      rule({ Expiration: { Days: 1 } }),
      0,
      at('06-01T00:00:00'),
      'keep',
    ],
  ] as const)('%s', (_, one, newerNoncurrent, now, verdict) => {
    for (const any of [version, { ...marker, tags: {} }]) {
      expect(verdictOn(any, { ...noncurrent, newerNoncurrent }, [one], now)).toBe(verdict)
    }
  })
})

test('an upload is aborted by the earliest rule for its key', () => {
  const abort = (ID: string, Prefix: string, DaysAfterInitiation: number) =>
    rule({ ID, Filter: { Prefix }, AbortIncompleteMultipartUpload: { DaysAfterInitiation } })
  const rules = [abort('late', '', 7), abort('soon', 'a', 1), abort('other', 'b', 1)]
  const initiatedAt = at('01-15T10:30:00')
  const due = { at: at('01-17T00:00:00'), ruleId: 'soon' }
  expect(abortOf({ key: 'abc', initiatedAt }, rules)).toEqual(due)
  expect(abortOf({ key: 'c', initiatedAt }, rules)).toMatchObject({ ruleId: 'late' })
  expect(abortOf({ key: 'c', initiatedAt }, rules.slice(1))).toBeUndefined()
})

test('only enabled rules are in force, also as the bucket document keeps them', () => {
  const Rules = [rule({ Expiration: { Date: new Date(0) } }), { Status: 'Disabled' }]
  const settings = JSON.parse(JSON.stringify({ lifecycle: { Rules } }))
  const rules = enabledRules({ settings })
  expect(rules).toHaveLength(1)
  expect(verdictOn(version, current, rules, 1)).toBe('expire')
  expect(enabledRules({ settings: {} })).toEqual([])
})

describe('a current version expires', () => {
  const days = (Days: number, more: object = {}) => rule({ Expiration: { Days }, ...more })
  const date = (text: string) => rule({ ID: 'date', Expiration: { Date: new Date(at(text)) } })
  test.each([
    ['never without a rule', [], undefined],
    ['never by rules about others', [days(1, { Filter: { Prefix: 'x' } })], undefined],
    ['never by rules about old versions', [rule({ NoncurrentVersionExpiration: {} })], undefined],
    ['at the midnight behind its days', [days(3, { ID: 'r' })], ['01-19T00:00:00', 'r']],
    ['at the date', [date('02-01T00:00:00')], ['02-01T00:00:00', 'date']],
    ['at the earliest', [date('02-01T00:00:00'), days(3, { ID: 'r' })], ['01-19T00:00:00', 'r']],
  ] as const)('%s', (_, rules, due) => {
    const expected = due && { at: at(due[0]), ruleId: due[1] }
    expect(expirationOf(version, rules)).toEqual(expected)
  })
})
