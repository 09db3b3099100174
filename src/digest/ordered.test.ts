import { expect, test } from 'vitest'
import { ordered } from './ordered.ts'

async function* upTo(n: number, asked: { count: number }) {
  for (let i = 0; i < n; i++) {
    asked.count += 1
    yield i
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test('results come in order, with so many at work and no more', async () => {
  let running = 0
  let most = 0
  const waiting: (() => void)[] = []
  const work = async (n: number) => {
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((done) => waiting.push(done))
    running -= 1
    return n * 2
  }
  const results = all(ordered(upTo(20, { count: 0 }), 4, work))
  // The latest begun ends first.
  let ended = false
  void results.then(() => {
    ended = true
  })
  while (!ended) {
    await new Promise((done) => setImmediate(done))
    waiting.pop()?.()
  }
  expect(await results).toEqual(Array.from({ length: 20 }, (_, n) => n * 2))
  expect(most).toBe(4)
})

test('a slow reader is not run ahead of', async () => {
  const asked = { count: 0 }
  const results = ordered(upTo(100, asked), 5, (n) => n)
  await results.next()
  await new Promise((done) => setImmediate(done))
  expect(asked.count).toBeLessThanOrEqual(6)
  await results.return(undefined)
  await new Promise((done) => setImmediate(done))
  expect(asked.count).toBeLessThanOrEqual(6)
})

test('a failure comes in its turn, and ends it', async () => {
  const results = ordered(upTo(10, { count: 0 }), 4, async (n) => {
    if (n === 2) throw new Error('broken')
    return n
  })
  expect((await results.next()).value).toBe(0)
  expect((await results.next()).value).toBe(1)
  await expect(results.next()).rejects.toThrow('broken')
  expect((await results.next()).done).toBe(true)
})

test('a failing source is told too', async () => {
  async function* failing() {
    yield 1
    throw new Error('no more')
  }
  await expect(all(ordered(failing(), 3, (n) => n))).rejects.toThrow('no more')
})
