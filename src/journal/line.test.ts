import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHeader, encodeLine, lineBytesMax, quoteSource } from './line.ts'

function lineOf(from: string, record: Buffer, seq = 12, at = 1763700000000): Buffer {
  const source = quoteSource(from)
  const into = Buffer.alloc(lineBytesMax(source, record.length))
  return into.subarray(0, encodeLine(into, 0, { seq, at, source, record }))
}

describe('a line', () => {
  test('is JSON that any tool reads', () => {
    const line = lineOf('ingest:cloudtrail', Buffer.from('{"eventName":"GetUser"}')).toString()
    expect(line).toBe(
      '{"seq":12,"crc":"1f19d151","len":23,"at":1763700000000,"from":"ingest:cloudtrail",' +
        '"head":"7e2a77c4","record":{"eventName":"GetUser"}}\n',
    )
    expect(JSON.parse(line)).toMatchObject({ seq: 12, record: { eventName: 'GetUser' } })
  })

  test('gives back what went in, whatever the source and the bytes', () => {
    const sources = fc.string({ unit: 'binary', maxLength: 40 })
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(sources, bytes, fc.nat(), fc.maxSafeNat(), (from, record, seq, at) => {
        const line = lineOf(from, record, seq, at)
        const found = decodeHeader(line, 0)!
        expect(found.header).toMatchObject({ seq, at, from, len: record.length })
        expect(line.subarray(found.recordAt, -2).equals(record)).toBe(true)
      }),
    )
  })

  test('is not a line any more once a bit of its header has changed', () => {
    const line = lineOf('own', Buffer.from('{}'))
    const headerBytes = decodeHeader(line, 0)!.recordAt
    for (let bit = 0; bit < 8 * headerBytes; bit++) {
      const changed = Buffer.from(line)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeHeader(changed, 0)).toBeUndefined()
    }
  })

  test('is not found in noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        const bytes = Buffer.concat([Buffer.from('{"seq":'), noise])
        expect(decodeHeader(bytes, 0)).toBeUndefined()
      }),
    )
  })

  test('has no room for a source without bounds', () => {
    expect(() => quoteSource('x'.repeat(300))).toThrow(RangeError)
  })
})
