import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ImportFile } from './files.ts'
import { Finished } from './finished.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-finished-'))
  path = join(folder, 'below/notes.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, size = 1, mark = 'm'): ImportFile {
  return { type: 'file', name, size, mark, open: async () => Buffer.alloc(0) }
}

test('files are known again by name, size and mark', async () => {
  const first = new Finished(path)
  await Promise.all([first.add([file('a'), file('b\n"')]), first.add([file('c')])])
  await first.close()
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3)
  const second = new Finished(path)
  const known = [file('a'), file('b\n"'), file('a', 2), file('a', 1, 'n'), file('d')]
  expect(known.map((one) => second.has(one))).toEqual([true, true, false, false, false])
})

test('a last line that was cut off is not believed, and does not spoil the next', async () => {
  const first = new Finished(path)
  await first.add([file('a')])
  await first.close()
  appendFileSync(path, '{"name":"b","size":1,"mark":"m"}')
  const second = new Finished(path)
  expect(second.has(file('b'))).toBe(false)
  await second.add([file('c')])
  await second.close()
  const third = new Finished(path)
  expect(['a', 'c'].map((name) => third.has(file(name)))).toEqual([true, true])
})

test('what is given up is known to this program only', async () => {
  const first = new Finished(path)
  first.giveUp(file('a'))
  expect(first.has(file('a'))).toBe(true)
  expect(existsSync(path)).toBe(false)
  await first.remove()
  expect(first.has(file('a'))).toBe(false)
})
