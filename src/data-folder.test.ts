import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'

let root: string
let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contrail-folder-'))
  path = join(root, 'data')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true })
})

/** Another process that takes the folder and keeps it; resolves with what it says: `owner` or an error. */
async function rival(): Promise<{ says: string; child: ChildProcess }> {
  const code = `
    const { openDataFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'data-folder.ts'))})
    try { openDataFolder(${JSON.stringify(path)}); console.log('owner') }
    catch (error) { console.log(error.message) }
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [says] = await once(child.stdout, 'data')
  return { says: String(says).trim(), child }
}

test('a new folder is for its owner alone and bears its format', () => {
  const folder = openDataFolder(path)
  expect(folder.path).toBe(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(readFileSync(join(path, 'format'), 'utf8')).toBe('1\n')
  folder.close()
  expect(readdirSync(path).sort()).toEqual(['format', 'lock'])
  openDataFolder(path).close()
})

test.each([
  { mode: 0o700, isOpenToOthers: false },
  { mode: 0o755, isOpenToOthers: true },
  { mode: 0o710, isOpenToOthers: true },
  { mode: 0o702, isOpenToOthers: true },
])('mode $mode of an existing folder stays; open to others: $isOpenToOthers', (row) => {
  mkdirSync(path)
  chmodSync(path, row.mode)
  const folder = openDataFolder(path)
  expect(folder.isOpenToOthers).toBe(row.isOpenToOthers)
  folder.close()
  expect(statSync(path).mode & 0o777).toBe(row.mode)
})

test('an owned folder is refused, naming the owner, until it is closed', () => {
  const folder = openDataFolder(path)
  expect(() => openDataFolder(path)).toThrow(`${path} is in use by process ${process.pid} since 20`)
  folder.close()
  openDataFolder(path).close()
})

test('of processes that start together one gets it; when that is killed the next does at once', async () => {
  const rivals = await Promise.all(Array.from({ length: 3 }, rival))
  const owners = rivals.filter(({ says }) => says === 'owner')
  expect(owners).toHaveLength(1)
  const owner = owners[0]!.child
  for (const { says } of rivals.filter(({ child }) => child !== owner)) {
    expect(says).toContain('is in use by')
  }
  expect(() => openDataFolder(path)).toThrow(`in use by process ${owner.pid}`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const folder = openDataFolder(path)
  expect(readFileSync(join(path, 'owner'), 'utf8')).toContain(`process ${process.pid} `)
  folder.close()
})

test.each([
  { format: '2\n', reason: 'newer format', message: 'has format 2; this program knows' },
  { format: 'two', reason: 'damaged', message: 'is not a format number' },
  { format: '', reason: 'damaged', message: 'is not a format number' },
])('format $format is refused, and the folder let go of', ({ format, reason, message }) => {
  openDataFolder(path).close()
  writeFileSync(join(path, 'format'), format)
  for (let time = 0; time < 2; time++) {
    expect(() => openDataFolder(path)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(message) }),
    )
  }
})

test('a folder with things of others is refused by name, and nothing is put there', () => {
  mkdirSync(path)
  for (const name of ['notes.txt', 'lock', '.profile']) writeFileSync(join(path, name), '')
  const message = `${path} is no data folder of Contrail: it has no file 'format', but .profile; name`
  expect(() => openDataFolder(path)).toThrow(
    expect.objectContaining({ reason: 'not ours', message: expect.stringContaining(message) }),
  )
  expect(readdirSync(path)).toHaveLength(3)
})

test.each([
  { what: 'empty', names: [] },
  { what: "a new disk's", names: ['lost+found'] },
  { what: 'left by a start that did not end', names: ['lock', 'owner', 'format.new'] },
])('a folder that is $what is taken', ({ names }) => {
  mkdirSync(path)
  for (const name of names) writeFileSync(join(path, name), '')
  openDataFolder(path).close()
  expect(readdirSync(path)).toContain('format')
})

test('a folder that cannot be made says why', () => {
  writeFileSync(path, 'a file')
  expect(() => openDataFolder(path)).toThrow(
    expect.objectContaining({ reason: 'i/o error', message: `${path}: is a file, not a folder` }),
  )
})
