// Object Lock: what a new object gets, what may go, and how a retention may change.
import { describe, expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import type { Bucket, ObjectVersion } from './contract.ts'
import { assertDeletable, assertRetentionChange, retentionFor } from './retention.ts'

const now = Date.parse('2026-02-28T12:00:00Z')
const day = 86_400_000
const later = new Date(now + day)
const bucket = (objectLock?: Bucket['objectLock']): Bucket => ({
  name: 'b',
  id: 'i',
  accountId: '111122223333',
  region: 'us-east-1',
  createdAt: 0,
  versioning: 'Enabled',
  settings: {},
  objectLock,
})
const version = (lock: Partial<ObjectVersion>): ObjectVersion => ({
  key: 'k',
  versionId: 'v',
  lastModified: 0,
  blobs: [],
  size: 0,
  etag: '',
  headers: {},
  metadata: {},
  encryption: 'AES256',
  accountId: '111122223333',
  ...lock,
})
const denied = new ApiError(
  'AccessDenied',
  'Access Denied because object protected by object lock.',
)

describe('retentionFor', () => {
  const ask = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: later } as const
  const byDefault = { default: { mode: 'COMPLIANCE', days: 30 } } as const

  test.each([
    { what: 'nothing', lock: undefined, asked: {}, given: {} },
    { what: 'nothing in a bucket with Object Lock', lock: {}, asked: {}, given: {} },
    {
      what: 'what was asked for, not the default',
      lock: byDefault,
      asked: { ...ask, ObjectLockLegalHoldStatus: 'ON' },
      given: { retention: { mode: 'GOVERNANCE', until: now + day }, legalHold: true },
    },
    {
      what: 'the default in days',
      lock: byDefault,
      asked: { ObjectLockLegalHoldStatus: 'OFF' },
      given: { retention: { mode: 'COMPLIANCE', until: now + 30 * day }, legalHold: false },
    },
    {
      what: 'the default in years',
      lock: { default: { mode: 'GOVERNANCE', years: 2 } },
      asked: {},
      given: { retention: { mode: 'GOVERNANCE', until: Date.parse('2028-02-28T12:00:00Z') } },
    },
  ] as const)('gives $what', ({ lock, asked, given }) => {
    expect(retentionFor(bucket(lock), asked, now)).toEqual(given)
  })

  test.each([
    [undefined, ask, 'InvalidRequest', 'Bucket is missing Object Lock Configuration'],
    [
      undefined,
      { ObjectLockLegalHoldStatus: 'ON' },
      'InvalidRequest',
      'Bucket is missing Object Lock Configuration',
    ],
    [
      {},
      { ObjectLockMode: 'GOVERNANCE' },
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    ],
    [
      {},
      { ...ask, ObjectLockRetainUntilDate: new Date(now) },
      'InvalidArgument',
      'The retain until date must be in the future!',
    ],
  ] as const)('refuses: lock %j, asked %j', (lock, asked, code, message) => {
    expect(() => retentionFor(bucket(lock), asked, now)).toThrow(new ApiError(code, message))
  })
})

describe('assertDeletable', () => {
  const governance = { retention: { mode: 'GOVERNANCE', until: now + 1 } } as const
  const compliance = { retention: { mode: 'COMPLIANCE', until: now + 1 } } as const
  test.each([
    { what: 'no lock', lock: {}, bypass: false, goes: true },
    { what: 'governance', lock: governance, bypass: false, goes: false },
    { what: 'governance, bypassed', lock: governance, bypass: true, goes: true },
    { what: 'compliance, bypassed', lock: compliance, bypass: true, goes: false },
    {
      what: 'compliance run out',
      lock: { retention: { mode: 'COMPLIANCE', until: now } },
      bypass: false,
      goes: true,
    },
    { what: 'legal hold, bypassed', lock: { legalHold: true }, bypass: true, goes: false },
    {
      what: 'marker of a deletion',
      lock: { isDeleteMarker: true, ...compliance },
      bypass: false,
      goes: true,
    },
  ] as const)('$what: $goes', ({ lock, bypass, goes }) => {
    const attempt = () => assertDeletable(version(lock), { bypassGovernance: bypass }, now)
    if (goes) attempt()
    else expect(attempt).toThrow(denied)
  })
})

describe('assertRetentionChange', () => {
  const g = (days: number) => ({ mode: 'GOVERNANCE', until: now + days * day }) as const
  const c = (days: number) => ({ mode: 'COMPLIANCE', until: now + days * day }) as const
  test.each([
    { from: undefined, to: g(1), bypass: false, may: true },
    { from: g(1), to: g(1), bypass: false, may: true },
    { from: g(1), to: g(2), bypass: false, may: true },
    { from: g(2), to: g(1), bypass: false, may: false },
    { from: g(2), to: g(1), bypass: true, may: true },
    { from: g(2), to: undefined, bypass: false, may: false },
    { from: g(2), to: undefined, bypass: true, may: true },
    { from: g(1), to: c(2), bypass: false, may: false },
    { from: g(1), to: c(2), bypass: true, may: true },
    { from: c(1), to: c(2), bypass: false, may: true },
    { from: c(2), to: c(1), bypass: true, may: false },
    { from: c(1), to: g(2), bypass: true, may: false },
    { from: c(1), to: undefined, bypass: true, may: false },
    { from: c(-1), to: g(1), bypass: false, may: true },
  ])('$from → $to, bypass $bypass: $may', ({ from, to, bypass, may }) => {
    const attempt = () =>
      assertRetentionChange(version({ retention: from }), to, { bypassGovernance: bypass, now })
    if (may) attempt()
    else expect(attempt).toThrow(denied)
  })
})
