import type { Random } from './random.ts'

/** No input grows past this: the bounds under test are those on form, not on size. */
export const inputBytesMax = 64 * 1024

const oddBytes = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x26, 0x2b, 0x3c, 0x5c, 0x7f, 0x80, 0xc3, 0xff,
]
const oddNumbers = ['0', '-1', '1e309', '9007199254740993', '2147483648', '0.1', '-0', '1e-7', '00']

/** One of the corpus with a few random changes; `tokens` are words of the format. */
export function mutate(
  corpus: readonly Buffer[],
  tokens: readonly string[],
  random: Random,
): Buffer {
  let input = random.pick(corpus)
  const changes = 1 + random.below(random.pick([1, 2, 4, 8]))
  for (let i = 0; i < changes; i++) {
    input = random.pick(mutations)(input, { corpus, tokens, random })
  }
  return input.subarray(0, inputBytesMax)
}

type Means = Readonly<{ corpus: readonly Buffer[]; tokens: readonly string[]; random: Random }>
type Mutation = (input: Buffer, means: Means) => Buffer

const mutations: readonly Mutation[] = [
  (input, { random }) => changed(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, { random }) => changed(input, random, () => random.pick(oddBytes)),
  (input, { random }) => changed(input, random, (byte) => byte + random.pick([1, -1])),
  (input, { random }) => replaced(input, range(input, random), Buffer.alloc(0)),
  (input, { random }) => input.subarray(0, random.below(input.length + 1)),
  (input, { random, tokens }) => inserted(input, random, word(tokens, random)),
  (input, { random, tokens }) => replaced(input, range(input, random), word(tokens, random)),
  // Nesting and length: one word or one stretch of the input, many times.
  (input, { random, tokens }) => {
    const times = random.pick([2, 10, 100, 3000])
    return inserted(input, random, repeated(word(tokens, random), times))
  },
  (input, { random }) => {
    const [start, end] = range(input, random)
    return inserted(input, random, repeated(input.subarray(start, end), random.pick([1, 2, 50])))
  },
  (input, { random, corpus }) => {
    const other = random.pick(corpus)
    const [start, end] = range(other, random)
    return replaced(input, range(input, random), other.subarray(start, end))
  },
]

function changed(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input
  const copy = Buffer.from(input)
  const at = random.below(copy.length)
  copy[at] = change(copy[at]!)
  return copy
}

function range(input: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(input.length + 1)
  const length = Math.min(input.length - start, random.below(random.pick([2, 8, 64, 1024])))
  return [start, start + length]
}

function replaced(input: Buffer, [start, end]: [number, number], by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)])
}

function inserted(input: Buffer, random: Random, bytes: Buffer): Buffer {
  const at = random.below(input.length + 1)
  return replaced(input, [at, at], bytes)
}

function word(tokens: readonly string[], random: Random): Buffer {
  return Buffer.from(random.below(8) === 0 ? random.pick(oddNumbers) : random.pick(tokens))
}

function repeated(bytes: Buffer, times: number): Buffer {
  const fitting = Math.floor(inputBytesMax / Math.max(bytes.length, 1))
  return Buffer.concat(Array(Math.min(times, fitting)).fill(bytes))
}
