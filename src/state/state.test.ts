import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import { checkState } from './check.ts'
import type { State } from './contract.ts'
import { openState } from './state.ts'

let folder: string
let state: State
const timers: Array<() => void> = []
/** Timers run when the test says so. */
const clock = {
  now: () => 0,
  after(_ms: number, task: () => void) {
    timers.push(task)
    return () => timers.splice(timers.indexOf(task), 1)
  },
}
const runTimers = () => {
  for (const task of timers.splice(0)) task()
}
const open = () => openState({ folder, clock })

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'contrail-state-')), 'state')
  state = await open()
})
afterEach(async () => {
  await state.close()
  timers.length = 0
  rmSync(join(folder, '..'), { recursive: true })
})

async function put(key: string, value: unknown): Promise<void> {
  const tx = state.begin()
  tx.put('user', key, value)
  await state.commit(tx)
}
const get = (key: string) => state.begin().get('user', key)
const entry = (eventID: string) => ({
  eventID,
  record: Buffer.from(JSON.stringify({ eventID })),
  from: `source of ${eventID}`,
  after: 7,
})

describe('a transaction', () => {
  test('sees its own writes, and nobody else does before the commit is durable', async () => {
    await put('b', 1)
    const tx = state.begin()
    tx.put('user', 'a', { name: 'a' })
    tx.delete('user', 'b')
    expect([tx.get('user', 'a'), tx.get('user', 'b')]).toEqual([{ name: 'a' }, undefined])
    expect(tx.list('user')).toEqual([['a', { name: 'a' }]])
    const committed = state.commit(tx)
    expect([get('a'), get('b')]).toEqual([undefined, 1])
    await committed
    expect([get('a'), get('b')]).toEqual([{ name: 'a' }, undefined])
  })

  test('lists keys with a prefix in byte order', async () => {
    for (const key of ['b', 'a/2', 'a/\u{1F600}', 'a/\uFF5E', 'a/1', 'a']) await put(key, key)
    const keys = () =>
      state
        .begin()
        .list('user', 'a/')
        .map(([key]) => key)
    const sorted = ['a/1', 'a/2', 'a/\uFF5E', 'a/\u{1F600}']
    expect(keys()).toEqual(sorted)
    await state.close()
    state = await open()
    expect(keys()).toEqual(sorted)
  })

  test('shares nothing that could be changed behind its back', async () => {
    const mine = { tags: ['x'] }
    const tx = state.begin()
    tx.put('user', 'a', mine)
    mine.tags.push('y')
    await state.commit(tx)
    const found = state.begin().get<typeof mine>('user', 'a')!
    expect(found).toEqual({ tags: ['x'] })
    expect(() => found.tags.push('z')).toThrow(TypeError)
  })

  test.each([
    { what: 'a lone surrogate', key: '\uD800', value: 1 },
    { what: 'a zero', key: 'a\0b', value: 1 },
    { what: 'no value', key: 'a', value: undefined },
  ])('refuses $what', ({ key, value }) => {
    expect(() => state.begin().put('user', key, value)).toThrow(RangeError)
  })
})

// In each row `ours` begins, `theirs` is committed, then `ours` is.
describe('a conflict', () => {
  type Tx = ReturnType<State['begin']>
  const rows: Array<{ ours: string; theirs: string; run: (o: Tx, t: Tx) => void; met: boolean }> = [
    { ours: 'reads', theirs: 'changes it', run: (o, t) => touch(o, t, 'get', 'put'), met: true },
    { ours: 'reads', theirs: 'deletes it', run: (o, t) => touch(o, t, 'get', 'delete'), met: true },
    { ours: 'writes', theirs: 'writes it', run: (o, t) => touch(o, t, 'put', 'put'), met: true },
    { ours: 'reads', theirs: 'reads it', run: (o, t) => touch(o, t, 'get', 'get'), met: false },
    {
      ours: 'reads nothing there',
      theirs: 'creates it',
      run: (o, t) => {
        o.get('user', 'new')
        t.put('user', 'new', 1)
      },
      met: true,
    },
    {
      ours: 'lists a prefix',
      theirs: 'adds to it',
      run: (o, t) => {
        o.list('user', 'k')
        t.put('user', 'k2', 1)
      },
      met: true,
    },
    {
      ours: 'lists a prefix',
      theirs: 'adds elsewhere',
      run: (o, t) => {
        o.list('user', 'k')
        t.put('user', 'l', 1)
      },
      met: false,
    },
  ]
  function touch(ours: Tx, theirs: Tx, mine: 'get' | 'put', other: 'get' | 'put' | 'delete') {
    for (const [tx, how] of [
      [ours, mine],
      [theirs, other],
    ] as const) {
      if (how === 'put') tx.put('user', 'k', how)
      else tx[how]('user', 'k')
    }
  }

  test.each(
    rows.flatMap((row) => [
      { ...row, when: 'is durable' },
      { ...row, when: 'is on its way' },
    ]),
  )('$ours, $theirs: $met when that $when', async ({ run, met, when }) => {
    await put('k', 0)
    const [ours, theirs] = [state.begin(), state.begin()]
    run(ours, theirs)
    ours.put('other', 'mine', 1)
    const committed = state.commit(theirs)
    if (when === 'is durable') await committed
    if (met) await expect(state.commit(ours)).rejects.toThrow(ConflictError)
    else await state.commit(ours)
    expect(state.begin().get('other', 'mine')).toBe(met ? undefined : 1)
    await committed
  })

  test('of many who retry, each gets through', async () => {
    const increment = async (): Promise<void> => {
      const tx = state.begin()
      tx.put('user', 'n', (tx.get<number>('user', 'n') ?? 0) + 1)
      await state.commit(tx).catch((error) => {
        if (!(error instanceof ConflictError)) throw error
        return increment()
      })
    }
    await Promise.all(Array.from({ length: 20 }, increment))
    expect(get('n')).toBe(20)
  })
})

describe('durability', () => {
  test('everything is there after a restart, the outbox oldest first', async () => {
    const first = state.begin()
    first.put('user', 'a', { n: 0.1, gone: undefined })
    await Promise.all([state.commit(first, entry('z')), put('b', 2)])
    await state.commit(state.begin(), entry('a'))
    expect(state.pendingOutbox()).toEqual([entry('z'), entry('a')])
    await state.close()
    state = await open()
    expect([get('a'), get('b')]).toEqual([{ n: 0.1 }, 2])
    expect(state.pendingOutbox()).toEqual([entry('z'), entry('a')])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o600)
  })

  test('settled entries are forgotten at once, and on disk by the next commit, timer or close', async () => {
    for (const id of ['by commit', 'by timer', 'by close', 'stays']) {
      await state.commit(state.begin(), entry(id))
    }
    const onDisk = () => {
      const database = new DatabaseSync(join(folder, 'state.db'), { readOnly: true })
      const rows = database.prepare('SELECT eventID FROM outbox ORDER BY position').all()
      database.close()
      return rows.map(({ eventID }) => eventID)
    }
    await state.settleOutbox(['by commit', 'unknown'])
    expect(state.pendingOutbox().map(({ eventID }) => eventID)).not.toContain('by commit')
    await put('a', 1)
    expect(onDisk()).toEqual(['by timer', 'by close', 'stays'])
    await state.settleOutbox(['by timer'])
    runTimers()
    await put('b', 1)
    expect(onDisk()).toEqual(['by close', 'stays'])
    await state.settleOutbox(['by close'])
    await state.close()
    expect(onDisk()).toEqual(['stays'])
  })

  test('what waits is written before it closes; then it is closed', async () => {
    const commits = [put('a', 1), put('b', 2)]
    const closed = state.close()
    await Promise.all(commits)
    await closed
    await expect(put('c', 3)).rejects.toMatchObject({ reason: 'closed' })
    state = await open()
    expect([get('a'), get('b'), get('c')]).toEqual([1, 2, undefined])
  })

  test('a refused write leaves nothing, and the next one works when the disk does', async () => {
    await put('a', 1)
    const other = new DatabaseSync(join(folder, 'state.db'))
    other.exec('BEGIN IMMEDIATE')
    const tx = state.begin()
    tx.put('user', 'a', 2)
    await expect(state.commit(tx, entry('x'))).rejects.toMatchObject({
      name: 'StorageError',
      reason: 'busy',
    })
    other.exec('ROLLBACK')
    other.close()
    expect([get('a'), state.pendingOutbox()]).toEqual([1, []])
    await put('b', 2)
    await state.close()
    state = await open()
    expect([get('a'), get('b'), state.pendingOutbox()]).toEqual([1, 2, []])
  })
})

describe('what is not ours to open', () => {
  const spoil = async (sql: string) => {
    await put('alice', 1)
    await state.close()
    const database = new DatabaseSync(join(folder, 'state.db'))
    database.exec(sql)
    database.close()
  }
  // afterEach closes the state of before, which is closed already.

  test('an outbox from before entries had a source is of our own API', async () => {
    await state.commit(state.begin(), entry('old'))
    await spoil('ALTER TABLE outbox DROP COLUMN source; PRAGMA user_version = 2')
    state = await open()
    expect(state.pendingOutbox()).toEqual([{ ...entry('old'), from: 'own' }])
  })

  test('a newer format is refused, in words', async () => {
    await spoil('PRAGMA user_version = 99')
    await expect(open()).rejects.toMatchObject({
      reason: 'newer format',
      message: expect.stringContaining('format 99'),
    })
    expect(checkState(folder).damage).toEqual([{ file: 'state.db', reason: 'newer format' }])
  })

  test('a document that is not JSON is named', async () => {
    await spoil(`UPDATE document SET value = '{"a":'`)
    await expect(open()).rejects.toMatchObject({
      reason: 'damaged',
      message: expect.stringContaining('user alice'),
    })
    expect(checkState(folder).damage).toEqual([
      { file: 'state.db', where: 'user alice', reason: 'not JSON' },
    ])
  })
})
