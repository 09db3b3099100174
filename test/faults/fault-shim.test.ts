// The shim itself: that it sees what Node and SQLite do to files, and that its power cuts lose what they
// should and nothing else.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileShim, type DiskFault, faultEnv, readReport } from './fault-shim.ts'

const library = compileShim('the self-test of the fault shim')
let root: string
let folder: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contrail-faults-'))
  folder = join(root, 'data')
  mkdirSync(folder)
})
afterEach(() => rmSync(root, { recursive: true }))

/** Runs a script in which `path(name)` lies on the failing disk; what it printed and how it ended. */
function run(script: string, fault?: DiskFault) {
  const report = join(root, 'report')
  rmSync(report, { force: true })
  const code = `
    import * as fs from 'node:fs'
    import { DatabaseSync } from 'node:sqlite'
    import { promisify } from 'node:util'
    const path = (name) => ${JSON.stringify(folder)} + '/' + name
    const attempt = (call) => { try { call(); return 'done' } catch (error) { return error.code } }
    const syncFolder = () => { const fd = fs.openSync(path('.')); fs.fsyncSync(fd); fs.closeSync(fd) }
    ${script}`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code],
    { env: faultEnv(library!, { folder, report, fault }), encoding: 'utf8' },
  )
  if (status !== 0 && status !== 137) throw new Error(stderr)
  const points = readReport(report).map((line) => line.replaceAll(`${folder}/`, ''))
  return { status, printed: stdout.trim(), points }
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')

describe.skipIf(!library)('counting', () => {
  test('every way in which Node changes a file is seen', () => {
    const { points } = run(
      `
      const fd = fs.openSync(path('a'), 'w')
      fs.writeSync(fd, 'x'); fs.writeSync(fd, 'y', 0); fs.writevSync(fd, [Buffer.from('z')])
      await promisify(fs.writev)(fd, [Buffer.from('1'), Buffer.from('2')], 0)
      await promisify(fs.write)(fd, Buffer.from('3'), 0, 1, 0)
      fs.fdatasyncSync(fd); await promisify(fs.fsync)(fd); fs.ftruncateSync(fd, 1); fs.closeSync(fd)
      fs.renameSync(path('a'), path('b')); fs.writeFileSync(path('b'), 'again')
      await fs.promises.rename(path('b'), path('c'))
      fs.mkdirSync(path('d')); syncFolder(); fs.unlinkSync(path('c'))
      fs.writeFileSync(path('e'), ''); fs.rmSync(path('e'))`,
    )
    expect(points).toEqual([
      'create a',
      ...Array(5).fill('write a'),
      'fdatasync a',
      'fsync a',
      'ftruncate a',
      'rename b',
      'open-truncate b',
      'write b',
      'rename c',
      'mkdir d',
      `fsync ${folder}`,
      'unlink c',
      'create e',
      'unlink e',
    ])
  })

  test('a write that syncs is a write and a sync', () => {
    const { points } = run(`
      const { O_CREAT, O_DSYNC, O_WRONLY } = fs.constants
      const fd = fs.openSync(path('a'), O_CREAT | O_DSYNC | O_WRONLY)
      fs.writeSync(fd, 'x'); fs.writevSync(fd, [Buffer.from('y'), Buffer.from('z')], 1)`)
    expect(points).toEqual(['create a', 'write a', 'fdatasync a', 'write a', 'fdatasync a'])
  })

  test('every way in which SQLite changes a file is seen', () => {
    const { points } = run(`
      const db = new DatabaseSync(path('s.db'))
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (v)')
      db.exec('INSERT INTO t VALUES (1)'); db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
      db.exec('INSERT INTO t VALUES (2)'); db.close()`)
    const kinds = new Set(points)
    for (const point of [
      'create s.db',
      'write s.db',
      'fdatasync s.db',
      'create s.db-wal',
      'write s.db-wal',
      'fdatasync s.db-wal',
      'ftruncate s.db-wal',
      'unlink s.db-wal',
    ]) {
      expect([...kinds].map((kind) => kind.replace('fsync', 'fdatasync'))).toContain(point)
    }
    expect(points.filter((point) => point.includes('-shm'))).toEqual([])
  })
})

describe.skipIf(!library)('errors', () => {
  const script = `
    const fd = fs.openSync(path('a'), 'a')
    const tries = [1, 2, 3].map(() => attempt(() => fs.writeSync(fd, 'xxxx')))
    console.log(tries.join(' '))`
  test.each([
    { kind: 'EIO' as const, times: 1, printed: 'done EIO done' },
    { kind: 'ENOSPC' as const, times: 0, printed: 'done ENOSPC ENOSPC' },
  ])('$kind, $times times', ({ kind, times, printed }) => {
    const result = run(script, { kind, times, at: 3 })
    expect(result.printed).toBe(printed)
    expect(result.points[2]).toBe('write a FAILED')
  })
})

// In each row the power fails at the script's last line.
describe.skipIf(!library)('a power cut', () => {
  test.each([
    {
      what: 'an unsynced write is gone, a synced one stays',
      script: `
        const fd = fs.openSync(path('a'), 'w'); fs.writeSync(fd, 'kept'); fs.fsyncSync(fd)
        fs.writeSync(fd, ' gone'); fs.writeSync(fd, 'GO', 0)`,
      left: { a: 'kept' },
    },
    {
      what: 'what was written with its sync stays',
      script: `
        const { O_CREAT, O_DSYNC, O_WRONLY } = fs.constants
        const fd = fs.openSync(path('a'), O_CREAT | O_DSYNC | O_WRONLY); syncFolder()
        fs.writeSync(fd, 'kept'); fs.writeSync(fd, ' too')
        fs.writeFileSync(path('b'), 'gone')`,
      left: { a: 'kept too' },
    },
    {
      what: 'a file never synced is gone, a removed one comes back',
      script: `
        const fd = fs.openSync(path('a'), 'w'); fs.writeSync(fd, 'a'); fs.fsyncSync(fd); syncFolder()
        fs.writeFileSync(path('new'), 'b'); fs.mkdirSync(path('folder')); fs.unlinkSync(path('a'))`,
      left: { a: 'a' },
    },
    {
      what: 'a rename without a sync of its folder is undone',
      script: `
        fs.writeFileSync(path('a'), 'old', { flush: true }); syncFolder()
        fs.writeFileSync(path('a.new'), 'new', { flush: true }); fs.renameSync(path('a.new'), path('a'))`,
      left: { a: 'old', 'a.new': 'new' },
    },
    {
      what: 'a synced rename stays',
      script: `
        fs.writeFileSync(path('a'), 'old', { flush: true }); syncFolder()
        fs.writeFileSync(path('a.new'), 'new', { flush: true }); fs.renameSync(path('a.new'), path('a'))
        syncFolder()`,
      left: { a: 'new' },
    },
    {
      what: 'a name taken again by a synced file stays with it',
      script: `
        fs.writeFileSync(path('a'), 'old', { flush: true }); syncFolder(); fs.unlinkSync(path('a'))
        fs.writeFileSync(path('a'), 'new', { flush: true })`,
      left: { a: 'new' },
    },
    {
      what: 'a truncation is undone',
      script: `
        fs.writeFileSync(path('a'), 'whole', { flush: true }); syncFolder()
        fs.truncateSync(path('a'), 2); fs.writeFileSync(path('a'), 'x')`,
      left: { a: 'whole' },
    },
  ])('$what', ({ script, left }) => {
    const last = `fs.writeFileSync(path('last'), '')`
    const { points } = run(`${script}; ${last}`)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    expect(points.at(-1)).toBe('create last')
    const { status } = run(`${script}; ${last}`, { kind: 'cut', at: points.length })
    expect(status).toBe(137)
    const found = Object.fromEntries(readdirSync(folder).map((name) => [name, read(name)]))
    expect(found).toEqual(left)
  })

  test('what a failed sync was for is lost, though the next sync succeeds', () => {
    const { printed, status } = run(
      `const fd = fs.openSync(path('a'), 'w'); fs.writeSync(fd, 'kept'); fs.fsyncSync(fd)
       fs.writeSync(fd, 'LOST', 0)
       console.log(attempt(() => fs.fsyncSync(fd)), attempt(() => fs.fsyncSync(fd)), fs.readFileSync(path('a'), 'utf8'))
       fs.writeFileSync(path('last'), '')`,
      { kind: 'EIO', at: 5, cutAt: 7 },
    )
    expect([printed, status, read('a')]).toEqual(['EIO done LOST', 137, 'kept'])
  })

  test('torn, some of the unsynced pages are left and some are not', () => {
    const script = `
      const fd = fs.openSync(path('a'), 'w'); fs.writeSync(fd, 'a'.repeat(4096 * 64)); fs.fsyncSync(fd)
      fs.writeSync(fd, 'b'.repeat(4096 * 64), 0); fs.writeFileSync(path('last'), '')`
    run(script, { kind: 'torn', at: 5, seed: 7 })
    const pages = read('a').match(/a{4096}|b{4096}/g)!
    expect(pages).toHaveLength(64)
    expect(new Set(pages).size).toBe(2)
  })

  test('at every write point SQLite keeps what it committed', () => {
    const script = `
      const db = new DatabaseSync(path('s.db'))
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4')
      db.exec('CREATE TABLE IF NOT EXISTS t (v)')
      for (let v = 1; v <= 6; v++) { db.prepare('INSERT INTO t VALUES (?)').run(v); fs.writeSync(1, v + ' ') }
      db.close()`
    const { points } = run(script)
    for (const kind of ['cut', 'torn'] as const) {
      for (let at = 1; at <= points.length; at += 5) {
        rmSync(folder, { recursive: true })
        mkdirSync(folder)
        const { printed } = run(script, { kind, at, seed: at })
        writeFileSync(join(folder, 'probe'), '')
        const db = new DatabaseSync(join(folder, 's.db'))
        db.exec('CREATE TABLE IF NOT EXISTS t (v)')
        const found = db
          .prepare('SELECT v FROM t')
          .all()
          .map(({ v }) => String(v))
        db.close()
        const committed = printed.split(' ').filter(Boolean)
        expect(found.slice(0, committed.length), `${kind} at ${at}`).toEqual(committed)
        expect(found.length).toBeLessThanOrEqual(committed.length + 1)
      }
    }
  })
})
