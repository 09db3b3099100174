import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { faultIn } from './fault.ts'

const text = `{"Records":[{"eventName":"Ünïcode"},${'{"eventName":"A"},'.repeat(2_000)}{}]}`
const random = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * i * 7919) % 251))
const large = gzipSync(JSON.stringify({ Records: [random.toString('base64')] }))
const damaged = Buffer.from(large)
damaged[Math.floor(large.length / 2)]! ^= 0xff

test.each([
  { what: 'nothing wrong', content: Buffer.from(text), fault: undefined },
  { what: 'nothing wrong in gzip', content: gzipSync(text), fault: undefined },
  {
    what: 'gzip cut off',
    content: large.subarray(0, 300),
    fault: 'the gzip is cut off after byte 300',
  },
  {
    what: 'half a text',
    content: Buffer.from('{"a":"é'),
    fault: 'the JSON ends too early, after byte 8',
  },
  {
    what: 'half an object',
    content: Buffer.from('{"a":1'),
    fault: 'the JSON ends too early, after byte 6',
  },
  {
    what: 'a fault behind letters of two bytes',
    content: Buffer.from('{"é":"é" x}'),
    fault: 'the JSON breaks at byte 11',
  },
  {
    what: 'a fault in gzip',
    content: gzipSync('{"Records":[7 8]}'),
    fault: 'the JSON breaks at byte 14 of the inflated content',
  },
])('$what', async ({ content, fault }) => {
  expect(await faultIn(content)).toBe(fault)
  const inPieces = async function* () {
    for (let at = 0; at < content.length; at += 1_000) yield content.subarray(at, at + 1_000)
  }
  expect(await faultIn(inPieces())).toBe(fault)
})

test('gzip that is damaged, near the byte', async () => {
  const near = Number(/near byte (\d+)/.exec((await faultIn(damaged)) ?? '')?.[1])
  expect(Math.abs(near - damaged.length / 2)).toBeLessThan(damaged.length / 2)
})
