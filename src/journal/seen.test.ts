import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeIds, encodeIds, fingerprint, Seen } from './seen.ts'

const id = (n: number) => fingerprint({ from: 'a', record: Buffer.from(String(n)) })

describe('Seen', () => {
  test('remembers exactly the newest of its window', () => {
    // Few distinct low words, so that probes collide and gaps must be closed.
    const crowded = fc
      .integer({ min: 0, max: 60 })
      .map((n) => `${n.toString(16).padStart(8, '0')}0000000${n % 3}`)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(crowded), (window, ids) => {
        const seen = new Seen(window)
        let model: string[] = []
        for (const one of ids) {
          expect(seen.has(one)).toBe(model.includes(one))
          seen.add(one)
          if (!model.includes(one)) model = [...model, one].slice(-window)
          for (const other of ids) expect(seen.has(other)).toBe(model.includes(other))
        }
        expect(seen.size).toBe(model.length)
      }),
    )
  })

  test('grows to its window, and no further', () => {
    const seen = new Seen(20_000)
    for (let n = 0; n < 25_000; n++) seen.add(id(n))
    expect(seen.size).toBe(20_000)
    for (let n = 0; n < 25_000; n++) expect(seen.has(id(n))).toBe(n >= 5_000)
  })

  test('moves its newest fingerprints to another through a file', () => {
    const seen = new Seen(10)
    for (let n = 0; n < 25; n++) seen.add(id(n))
    const words = decodeIds(encodeIds(seen.newest(4)))!
    const other = new Seen(10)
    other.addAll(words)
    expect([20, 21, 22, 23, 24].map((n) => other.has(id(n)))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ])
  })

  test('takes no file that is not as it was written', () => {
    const file = encodeIds(new Uint32Array([1, 2, 3, 4]))
    for (let i = 0; i < file.length; i++) {
      const changed = Buffer.from(file)
      changed[i]! ^= 1
      expect(decodeIds(changed)).toBeUndefined()
    }
    expect(decodeIds(file.subarray(0, -8))).toBeUndefined()
    expect(decodeIds(Buffer.alloc(0))).toBeUndefined()
  })

  test('tells sources apart', () => {
    const record = Buffer.from('{}')
    expect(fingerprint({ from: 'a', record })).not.toBe(fingerprint({ from: 'b', record }))
  })
})
