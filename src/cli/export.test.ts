import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sampleEvent } from '../../test/sample-events.ts'
import type { Environment } from './environment.ts'
import { register } from './export.ts'
import { run as commandLine } from './program.ts'

// The command against a server that has a few events, or fails half-way.

const now = Date.UTC(2026, 10, 21, 12)
const records = [1, 2, 3].map((i) => JSON.stringify(sampleEvent(now, { eventID: `e${i}` })))
const forms = ['ndjson', 'log-files', 'csv', 'parquet', 'ocsf']
const failed = { __type: 'InternalFailure', message: 'x' }

let folder: string
let out: string
let err: string
let environment: Environment
let answers: object[]
let interrupt: AbortController

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-export-'))
  out = ''
  err = ''
  interrupt = new AbortController()
  answers = [
    { Records: records.slice(0, 2), NextToken: 'a', AtEnd: false },
    { Records: records.slice(2), NextToken: 'b', AtEnd: true },
  ]
  environment = {
    env: {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    stdout: collect((text) => (out += text)),
    stderr: collect((text) => (err += text)),
    clock: { now: () => now, after: () => () => {} },
    sleep: async () => {},
    fetch: (async () => {
      const answer = answers.shift()
      if (answer) return Response.json(answer, { status: answer === failed ? 500 : 200 })
      interrupt.abort()
      throw new Error('interrupted')
    }) as typeof fetch,
    version: '0.0.0',
    interrupted: () => interrupt.signal,
  }
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function collect(add: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _, done) {
      add(String(chunk))
      done()
    },
  })
}

async function run(...args: string[]) {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  register(program, environment)
  await program.parseAsync(['export', ...args], { from: 'user' })
}

describe.each(forms)('as %s', (format) => {
  const output = () => join(folder, 'exported')
  const args = () => ['--format', format, '--output', output()]

  test('it says what it wrote', async () => {
    await run(...args(), '--json')
    const summary = { type: 'summary', format, output: output(), records: 3, damaged: 0, files: 1 }
    expect(JSON.parse(out)).toMatchObject(summary)
    expect(JSON.parse(out).bytes).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual(['exported'])
    expect(environment.exitCode ?? 0).toBe(0)
  })

  test('nothing has its name when the server fails half-way', async () => {
    answers[1] = failed
    await expect(run(...args())).rejects.toThrow('InternalFailure')
    expect(readdirSync(folder)).toEqual([])
    expect(environment.exitCode).toBe(1)
  })

  test('nothing has its name when it is interrupted, and that is no success', async () => {
    answers.pop()
    await run(...args())
    expect(readdirSync(folder)).toEqual([])
    expect(environment.exitCode).toBe(1)
  })

  test('no events are an export, too', async () => {
    answers = [{ Records: [], NextToken: 'a', AtEnd: true }]
    await run(...args())
    expect(existsSync(output())).toBe(true)
  })

  test('damaged records are told', async () => {
    answers[1] = { ...answers[1], Unreadable: 4 }
    await run(...args())
    expect(err).toContain('4 damaged records were left out')
    expect(environment.exitCode).toBe(1)
  })
})

test('an older file of the name stays until the new one is whole', async () => {
  const output = join(folder, 'all.csv')
  writeFileSync(output, 'older')
  answers[1] = failed
  await expect(run('--format', 'csv', '--output', output)).rejects.toThrow()
  expect(readFileSync(output, 'utf8')).toBe('older')
})

test('log files do not go where something lies already', async () => {
  const output = join(folder, 'logs')
  mkdirSync(output)
  writeFileSync(join(output, 'mine'), 'mine')
  await expect(run('--format', 'log-files', '--output', output)).rejects.toThrow('is not empty')
  expect(readFileSync(join(output, 'mine'), 'utf8')).toBe('mine')
})

test.each(['ndjson', 'csv', 'ocsf'])('--gzip compresses %s', async (format) => {
  await run('--format', format)
  const plain = out
  answers = [{ Records: records, NextToken: 'a', AtEnd: true }]
  await run('--format', format, '--gzip', '--output', join(folder, 'all'))
  expect(String(gunzipSync(readFileSync(join(folder, 'all'))))).toBe(plain)
})

// As `contrail export | head` ends it.
test.each(['ndjson', 'csv', 'ocsf'])(
  'whoever stops reading %s has what they wanted',
  async (form) => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    const closed = new Writable({ write: (_chunk, _encoding, done) => done(gone) })
    environment = { ...environment, stdout: closed }
    expect(await commandLine(['export', '--format', form], environment)).toBe(0)
    expect(err).toBe('')
  },
)

test.each([
  ['parquet without a file', ['--format', 'parquet']],
  ['log files without a folder', ['--format', 'log-files']],
  ['Parquet in gzip', ['--format', 'parquet', '--output', 'x', '--gzip']],
  ['sums among the events', ['--json']],
  ['gzip to a terminal', ['--gzip']],
  ['an unknown form', ['--format', 'xml']],
])('refuses %s', async (_, args) => {
  await expect(run(...args)).rejects.toThrow()
  expect(out).toBe('')
})
