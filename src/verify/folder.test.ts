import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Folder } from './folder.ts'

const root = mkdtempSync(join(tmpdir(), 'contrail-folder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
mkdirSync(join(root, 'AWSLogs/1/a'), { recursive: true })
for (const name of ['1/a.gz', '1/a/b.gz', '1/é.gz']) writeFileSync(join(root, 'AWSLogs', name), '')
symlinkSync('loop', join(root, 'loop'))
const folder = new Folder(root, new Map())

async function all(objects: AsyncIterable<{ key: string }>): Promise<string[]> {
  const list: string[] = []
  for await (const { key } of objects) list.push(key)
  return list
}

test('keys come in the order of their bytes, after a given one', async () => {
  const keys = ['AWSLogs/1/a.gz', 'AWSLogs/1/a/b.gz', 'AWSLogs/1/é.gz']
  expect(await all(folder.list('AWSLogs/'))).toEqual(keys)
  expect(await all(folder.list('AWSLogs/1/', keys[0]))).toEqual(keys.slice(1))
  expect(await all(folder.list('AWSLogs/1/a/'))).toEqual([keys[1]])
})

// A digest may name anything.
test.each([
  ['nothing there', 'AWSLogs/x'],
  ['a folder', 'AWSLogs/1'],
  ['a file as a folder', 'AWSLogs/1/a.gz/x'],
  ['a way out', '../etc/passwd'],
  ['a NUL', 'a\0b'],
  ['too long a name', 'x'.repeat(5_000)],
  ['a circle of links', 'loop/x'],
  ['half a letter', '\ud800'],
  ['no name', ''],
])('no object is %s', async (_, key) => {
  expect(await folder.get(key)).toBeUndefined()
})
