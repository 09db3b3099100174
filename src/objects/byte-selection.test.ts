// Ranges and parts of an object, in the cases of RFC 9110 and those that S3 has of its own.
import { describe, expect, test } from 'vitest'
import { selectBytes } from './byte-selection.ts'
import type { Checksum, ObjectVersion } from './contract.ts'

const checksum: Checksum = { algorithm: 'SHA256', type: 'FULL_OBJECT', value: 'whole' }
const object = (size: number, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
  key: 'k',
  versionId: 'null',
  lastModified: 0,
  blobs: [],
  size,
  etag: 'e',
  headers: {},
  metadata: {},
  checksum,
  encryption: 'AES256',
  accountId: '111122223333',
  ...more,
})
const whole = { start: 0, end: 10, checksum }

describe('a range', () => {
  test.each([
    ['none', undefined, whole],
    ['the beginning', 'bytes=0-0', { start: 0, end: 1, range: 'bytes 0-0/10' }],
    ['the middle', 'bytes=2-4', { start: 2, end: 5, range: 'bytes 2-4/10' }],
    ['open', 'bytes=7-', { start: 7, end: 10, range: 'bytes 7-9/10' }],
    ['past the end', 'bytes=7-99', { start: 7, end: 10, range: 'bytes 7-9/10' }],
    ['suffix', 'bytes=-3', { start: 7, end: 10, range: 'bytes 7-9/10' }],
    ['longer suffix', 'bytes=-99', { start: 0, end: 10, range: 'bytes 0-9/10' }],
    ['all of it', 'bytes=0-9', { start: 0, end: 10, range: 'bytes 0-9/10' }],
    [
      'beyond all numbers',
      `bytes=1-${'9'.repeat(400)}`,
      { start: 1, end: 10, range: 'bytes 1-9/10' },
    ],
    ['two at once: ignored', 'bytes=0-1,3-4', whole],
    ['backwards: ignored', 'bytes=4-2', whole],
    ['nothing: ignored', 'bytes=-', whole],
    ['other units: ignored', 'items=0-1', whole],
    ['no range: ignored', 'bytes=a-b', whole],
  ])('%s', (_, Range, expected) => {
    expect(selectBytes(object(10), Range === undefined ? {} : { Range })).toEqual(expected)
  })

  test.each([
    ['behind the end', 10, 'bytes=10-'],
    ['an empty suffix', 10, 'bytes=-0'],
    ['of nothing', 0, 'bytes=0-'],
    ['the end of nothing', 0, 'bytes=-5'],
  ])('%s cannot be satisfied', (_, size, Range) => {
    expect(() => selectBytes(object(size), { Range })).toThrow(
      expect.objectContaining({
        code: 'InvalidRange',
        details: { RangeRequested: Range, ActualObjectSize: `${size}` },
        headers: { 'content-range': `bytes */${size}` },
      }),
    )
  })
})

describe('a part', () => {
  const parts = [
    { number: 1, size: 6, checksum: 'one' },
    { number: 3, size: 4 },
  ]

  test.each([
    [
      'one of many',
      object(10, { parts }),
      1,
      {
        start: 0,
        end: 6,
        range: 'bytes 0-5/10',
        partsCount: 2,
        checksum: { ...checksum, value: 'one' },
      },
    ],
    [
      'the last',
      object(10, { parts }),
      3,
      { start: 6, end: 10, range: 'bytes 6-9/10', partsCount: 2 },
    ],
    ['the only one', object(10), 1, { ...whole, range: 'bytes 0-9/10' }],
    ['of nothing', object(0), 1, { start: 0, end: 0, checksum }],
  ])('%s', (_, version, PartNumber, expected) => {
    expect(selectBytes(version, { PartNumber })).toEqual(expected)
  })

  test.each([
    ['that is not there', { PartNumber: 2 }, 'InvalidPartNumber'],
    ['zero', { PartNumber: 0 }, 'InvalidArgument'],
    ['too many', { PartNumber: 10_001 }, 'InvalidArgument'],
    ['and a range', { PartNumber: 1, Range: 'bytes=0-1' }, 'InvalidRequest'],
  ])('%s is refused', (_, asked, code) => {
    expect(() => selectBytes(object(10, { parts }), asked)).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
