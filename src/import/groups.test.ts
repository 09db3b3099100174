import { expect, test } from 'vitest'
import type { Found, ImportFile } from './files.ts'
import { groups } from './groups.ts'

function file(name: string, size: number): ImportFile {
  return { type: 'file', name, size, mark: '', open: async () => Buffer.alloc(0) }
}

async function grouped(found: readonly Found[]) {
  const passed: string[] = []
  const names: string[][] = []
  const all = groups(
    (async function* () {
      yield* found
    })(),
    ({ name }) => void passed.push(name),
    ({ name }) => name !== 'known',
  )
  for await (const group of all) names.push(group.map(({ name }) => name))
  return { passed, names }
}

test('small files go together up to a mebibyte, large ones alone, others are passed over', async () => {
  const found: Found[] = [
    file('a', 500_000),
    { type: 'other', name: 'README' },
    file('b', 500_000),
    file('known', 1),
    file('c', 100_000),
    file('large', 5_000_000),
    file('d', 1),
  ]
  expect(await grouped(found)).toEqual({
    passed: ['README'],
    names: [['a', 'b'], ['c'], ['large'], ['d']],
  })
})

test('of tiny ones no more than 64', async () => {
  const found = Array.from({ length: 130 }, (_, i) => file(String(i), 10))
  expect((await grouped(found)).names.map(({ length }) => length)).toEqual([64, 64, 2])
})
