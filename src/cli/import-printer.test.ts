import { Writable } from 'node:stream'
import { beforeEach, expect, test } from 'vitest'
import type { Environment } from './environment.ts'
import { ImportPrinter } from './import-printer.ts'

let out: string
let err: string
let now: number
beforeEach(() => {
  out = ''
  err = ''
  now = 0
})

function printer(options: { json?: boolean; verbose?: boolean } = {}, isTTY = false) {
  const into = (add: (text: string) => void) =>
    new Writable({
      write(chunk, _, done) {
        add(String(chunk))
        done()
      },
    })
  const stdout = into((text) => {
    out += text
  })
  const stderr = Object.assign(
    into((text) => {
      err += text
    }),
    { isTTY },
  )
  const clock = { now: () => now, after: () => () => undefined }
  return new ImportPrinter({ stdout, stderr, clock } as unknown as Environment, options)
}

const imported = { name: 'a.json', size: 50, outcome: 'imported' } as const
const failed = { name: 'b\u001b[2J.json', size: 50, outcome: 'failed', reason: 'is empty' } as const

test('failures as they happen, sums at the end; a terminal is not obeyed', async () => {
  const to = printer()
  await to.file(imported)
  await to.file(failed)
  to.count({ accepted: 1_200, duplicates: 1, refused: 0, earlier: 2 })
  now = 2_500
  await to.endRound(90)
  expect(out).toBe(
    'FAILED  b\ufffd[2J.json: is empty\n' +
      '1,200 events imported from 1 file in 2.5 s\n' +
      '1 event had come before: not kept again\n' +
      '2 events older than 90 days: kept in the journal for the Lake, not found by LookupEvents\n' +
      '1 file FAILED\n',
  )
  expect(err).toBe('')
})

test('a round that brings nothing new is silent, and tells no failure again', async () => {
  const to = printer({ json: true })
  await to.file(failed)
  await to.endRound(90)
  const before = out
  await to.file(failed)
  await to.file({ ...imported, outcome: 'finished before' })
  await to.endRound(90)
  expect(out).toBe(before)
  await to.file(imported)
  await to.endRound(90)
  expect(JSON.parse(out.split('\n').at(-2)!)).toMatchObject({ files: { imported: 1, failed: 1 } })
})

test('a bar on a terminal', async () => {
  const to = printer({}, true)
  to.expect(100)
  await to.file(imported)
  to.count({ accepted: 7, duplicates: 0, refused: 0, earlier: 0 })
  now = 1_000
  to.count({ accepted: 1, duplicates: 0, refused: 0, earlier: 0 })
  to.clear()
  expect(err).toContain(`${'█'.repeat(10)}${'░'.repeat(10)} 1 file  8 events`)
  expect(err.endsWith('\r\u001b[K')).toBe(true)
})
