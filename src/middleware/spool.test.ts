import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Crash } from '../../test/faults/simulated-files.ts'
import { MiddlewareWorld } from '../../test/middleware-world.ts'
import { readSpoolLines, spoolLine } from './spool-lines.ts'

let world = new MiddlewareWorld()
afterEach(() => {
  world = new MiddlewareWorld()
})
const spool = { folder: '/spool' }
const away = () => ({ status: 503, body: '' })
const only = () => `/spool/${world.files.list('/spool')[0]}`

test('what one process leaves, the next one sends, once', async () => {
  world.answer = away
  const before = world.audit({ spool })
  for (let n = 0; n < 250; n++) await before.record({ eventName: `E${n}` })
  await before.close()
  world.answer = () => undefined
  const after = world.audit({ spool })
  await after.flush()
  expect(world.names()).toEqual(Array.from({ length: 250 }, (_, n) => `E${n}`))
  expect(world.files.list('/spool')).toEqual([])
  expect(after.counts()).toMatchObject({ kept: 0, sent: 250 })
  await after.close()
})

describe('processes that share a folder', () => {
  test('one that starts sends what lies there, whoever lives; nothing promised is lost', async () => {
    world.answer = away
    const old = world.audit({ spool })
    await old.record({ eventName: 'A' })
    world.answer = () => undefined
    const young = world.audit({ spool })
    await young.flush()
    expect(world.names()).toEqual(['A'])
    // Its file is gone by now: it notices, and writes the event into a new one.
    await old.record({ eventName: 'B' })
    await old.flush()
    expect(world.names()).toEqual(['A', 'B'])
    await Promise.all([old.close(), young.close()])
    expect(world.files.list('/spool')).toEqual([])
    expect(world.heard.filter((one) => !one.startsWith('NotSent'))).toEqual([])
  })

  test('a file taken over between its writing and its promise is written again', async () => {
    world.answer = away
    const old = world.audit({ spool })
    await old.record({ eventName: 'A' })
    const path = only()
    world.files.before = (operation) => {
      if (operation === `sync ${path}`) world.files.delete(path)
    }
    await old.record({ eventName: 'B' })
    expect(world.files.contents(only())!.toString()).toContain('"eventName":"B"')
    world.answer = () => undefined
    await old.flush()
    expect(world.names()).toEqual(['B'])
    await old.close()
  })

  test('whenever another takes over, what was promised arrives', async () => {
    const operations = await takenOverAt(Number.POSITIVE_INFINITY)
    for (let at = 1; at <= operations; at++) await takenOverAt(at)
    expect(operations).toBeGreaterThan(10)
  })

  test('files that vanish again and again are an error, not a promise', async () => {
    const audit = world.audit({ spool })
    world.files.before = (operation) => {
      if (operation.startsWith('sync ')) world.files.delete(operation.slice(5))
    }
    await expect(audit.record({ eventName: 'A' })).rejects.toMatchObject({ code: 'SpoolFailed' })
    world.files.before = () => undefined
    await audit.close()
  })

  test('those of a process that died later are found while events flow', async () => {
    const audit = world.audit({ spool })
    await audit.flush()
    const line = Buffer.from('{"eventID":"left","eventData":{"eventName":"Left"}}\n')
    const name = '1763700000000-00000000-0000-4000-8000-999999999999.ndjson'
    world.files.overwrite(`/spool/${name}`, spoolLine(line))
    const look = async () => {
      await world.clock.advance(60_000)
      await audit.flush()
    }
    await look()
    expect(world.names()).toEqual([])
    await look()
    expect(world.names()).toEqual(['Left'])
    await audit.close()
  })
})

/** A process starts and sends what lies there before the given operation of one that spools. */
async function takenOverAt(at: number): Promise<number> {
  world = new MiddlewareWorld()
  world.answer = away
  const old = world.audit({ spool, delayMs: 1e9 })
  let operations = 0
  let isTaking = false
  world.files.before = async () => {
    if (isTaking || ++operations !== at) return
    isTaking = true
    world.answer = () => undefined
    const young = world.audit({ spool })
    await young.flush()
    await young.close()
    world.answer = away
    isTaking = false
  }
  const names = ['A', 'B', 'C', 'D']
  for (const eventName of names) await old.record({ eventName })
  world.files.before = () => undefined
  world.answer = () => undefined
  await old.flush()
  await old.close()
  expect({ at, names: world.names().sort() }).toEqual({ at, names })
  expect(world.files.list('/spool').filter((name) => !name.startsWith('refused-'))).toEqual([])
  return operations
}

describe('damage', () => {
  async function spooled(names: readonly string[]): Promise<string> {
    world.answer = away
    const audit = world.audit({ spool })
    for (const eventName of names) await audit.record({ eventName })
    await audit.close()
    world.answer = () => undefined
    world.heard.length = 0
    return only()
  }

  test.each([
    { where: 'in a value', harm: (text: string) => text.replace('"B"', '"X"'), lost: ['B'] },
    { where: 'in a line break', harm: (text: string) => text.replace('\n', ' '), lost: ['A', 'B'] },
    {
      where: 'as zeros between',
      harm: (text: string) => text.replace('\n', '\n\0\0\0\n'),
      lost: [],
    },
    { where: 'as an empty line', harm: (text: string) => text.replace('\n', '\n\n'), lost: [] },
    { where: 'at the end', harm: (text: string) => text.slice(0, -9), lost: ['C'], isCut: true },
  ])('$where is set aside and said, and the rest arrives', async ({ harm, lost, isCut }) => {
    const path = await spooled(['A', 'B', 'C'])
    const text = world.files.contents(path)!.toString()
    world.files.overwrite(path, Buffer.from(harm(text)))
    const audit = world.audit({ spool })
    await audit.flush()
    expect(world.names()).toEqual(['A', 'B', 'C'].filter((name) => !lost.includes(name)))
    const where = isCut ? 'cut off at the end' : 'damaged in the middle'
    expect(world.heard).toEqual([expect.stringContaining(`SpoolDamaged: ${where} of a spool file`)])
    const aside = JSON.parse(world.files.contents(only())!.toString())
    const bytes = Buffer.from(aside.bytes, 'base64').toString()
    expect(harm(text)).toContain(bytes)
    expect(audit.counts().problems).toEqual({ SpoolDamaged: 1 })
    await audit.close()
  })

  test('a file that cannot be read stays and blocks nothing', async () => {
    await spooled(['A'])
    const { files } = world
    const open = files.open.bind(files)
    let isBroken = true
    const read = () => {
      throw Object.assign(new Error('EIO: simulated'), { code: 'EIO' })
    }
    files.open = (asked) => {
      const file = open(asked)
      return file && isBroken && asked.startsWith('/spool/1763700000000-')
        ? { ...file, read }
        : file
    }
    await world.clock.advance(1)
    const audit = world.audit({ spool })
    await audit.record({ eventName: 'B' })
    await audit.flush()
    expect(world.names()).toEqual(['B'])
    expect(world.heard).toEqual([expect.stringMatching(/SpoolFailed: .* stays there: EIO/)])
    isBroken = false
    for (let look = 0; look < 2; look++) {
      await world.clock.advance(60_000)
      await audit.flush()
    }
    expect(world.names()).toEqual(['B', 'A'])
    await audit.close()
  })

  test('a file that is not ours to take is said and holds back nothing', async () => {
    await spooled(['A'])
    const path = only()
    await world.clock.advance(1)
    world.files.before = (operation) => {
      if (operation === `rename ${path}`)
        throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    }
    const audit = world.audit({ spool })
    await audit.record({ eventName: 'B' })
    await audit.flush()
    expect(world.names()).toEqual(['B'])
    expect(world.heard).toEqual([`SpoolFailed: ${path} stays there: EACCES (1)`])
    await audit.close()
  })

  test('a disk that takes no refused events holds back no others', async () => {
    world.answer = away
    const audit = world.audit({ spool })
    await audit.record({ eventName: 'Bad' })
    await audit.flush().catch(() => undefined)
    await audit.record({ eventName: 'Good' })
    world.answer = () => undefined
    world.refuse = ({ eventData }) => (eventData.eventName === 'Bad' ? 'no' : undefined)
    world.files.before = (operation) => {
      if (operation.includes('refused-')) throw new Error('ENOSPC')
    }
    await audit.flush()
    expect(world.names()).toEqual(['Good'])
    expect(world.heard.at(-1)).toMatch(/^SpoolFailed: .* stays there: ENOSPC/)
    world.files.before = () => undefined
    for (let look = 0; look < 2; look++) {
      await world.clock.advance(60_000)
      await audit.flush()
    }
    expect(world.heard.at(-1)).toMatch(/^Refused: refused: no; set aside/)
    await audit.close()
  })

  test('any bytes give back what of the lines is whole, and all bytes', () => {
    const text = fc.stringMatching(/^[ -~]{0,20}$/)
    fc.assert(
      fc.property(fc.array(text), fc.uint8Array({ maxLength: 60 }), fc.nat(), (texts, junk, at) => {
        const lines = texts.map((one) => spoolLine(Buffer.from(`${one}\n`)))
        const place = lines.length === 0 ? 0 : at % lines.length
        const whole = [...lines.slice(0, place), Buffer.from(junk), Buffer.from('\n')]
        const content = Buffer.concat([...whole, ...lines.slice(place)])
        const read = readSpoolLines(content)
        expect(read.lines.map((line) => line.toString().trimEnd())).toEqual(
          texts.map((one) => one.trimEnd()),
        )
        const bytes = read.damage.reduce((sum, one) => sum + one.bytes.length, 0)
        expect(bytes).toBe(junk.length + 1)
      }),
    )
  })
})

// A crash at each of its operations, with and without the power: what was promised arrives once.
test.each<Crash>(['kept', 'dropped', 'torn'])(
  'crashes that leave what was written %s',
  async (crash) => {
    const operations = await life(Number.POSITIVE_INFINITY, crash)
    for (let at = 1; at <= operations; at++) await life(at, crash)
    expect(operations).toBeGreaterThan(20)
  },
)

async function life(crashAt: number, crash: Crash): Promise<number> {
  world = new MiddlewareWorld()
  let posts = 0
  world.answer = () => (++posts % 3 === 0 ? undefined : away())
  world.refuse = ({ eventData }) => (eventData.eventName === 'E3' ? 'no' : undefined)
  const promised: string[] = []
  const first = world.audit({ spool })
  const { files } = world
  files.failAt(crashAt, { kind: 'crash' })
  for (let n = 0; n < 6; n++) {
    const eventName = `E${n}`
    await first.record({ eventName }).then(
      () => promised.push(eventName),
      () => undefined,
    )
    await first.flush().catch(() => undefined)
  }
  const { operations } = files
  world.files = files.restart(crash, () => 0.7)
  world.answer = () => undefined
  const second = world.audit({ spool })
  await second.flush()
  await second.close()
  const names = world.names()
  expect(new Set(names).size).toBe(names.length)
  const aside = world.files
    .list('/spool')
    .map((name) => world.files.contents(`/spool/${name}`)!.toString())
    .join('')
  const lost = promised.filter((name) => !names.includes(name) && !aside.includes(`"${name}"`))
  expect({ crashAt, lost }).toEqual({ crashAt, lost: [] })
  expect(world.files.list('/spool').filter((name) => !name.startsWith('refused-'))).toEqual([])
  await first.close()
  return operations
}
