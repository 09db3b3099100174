// What must hold after any fault, seen from outside: files are read here, not by the program's own code.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { TestServer } from '../server.ts'
import { until } from '../tools.ts'
import { type Load, lookup, visible } from './load.ts'

const launcher = join(dirname(dirname(import.meta.dirname)), 'contrail')

type JournalLine = Readonly<{ seq: number; from: string; record: Record<string, any> }>

/** Every line of the segments, up to where each was sealed. */
export function readSegments(data: string): JournalLine[] {
  const folder = join(data, 'journal')
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  return names
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, name))
      const seal = join(folder, name.replace('.ndjson', '.seal.json'))
      const end = existsSync(seal) ? JSON.parse(readFileSync(seal, 'utf8')).bytes : bytes.length
      const lines = bytes.subarray(0, end).toString().split('\n')
      expect(lines.pop(), `${name} ends with a whole line`).toBe('')
      return lines.map((line) => JSON.parse(line) as JournalLine)
    })
}

/**
 * Asks a server that was started anew, without faults, stops it, and reads its files: all that was
 * acknowledged is there once, in journal and history, and all that is visible has its record.
 */
export async function verify(server: TestServer, load: Load, where: string): Promise<void> {
  await load.sendUnanswered(server)
  const { users, keys } = await visible(server)
  expect(users, where).toEqual(expect.arrayContaining(load.users))
  expect(keys, where).toEqual(expect.arrayContaining(load.keys))

  const before = readSegments(server.data)
  const inHistory = await until(
    () => lookup(server),
    (found) => missing(eventIDs(before), found).length === 0,
    10_000,
  )
  expect(missing(eventIDs(before), inHistory), `${where}: not in history`).toEqual([])
  expect(repeated(inHistory), `${where}: twice in history`).toEqual([])

  expect(await server.stop(), `${where}: exit code`).toBe(0)
  const lines = readSegments(server.data)
  expect(
    lines.map(({ seq }) => seq),
    `${where}: sequence`,
  ).toEqual(lines.map((_, i) => i + 1))
  expect(repeated(eventIDs(lines)), `${where}: twice in the journal`).toEqual([])
  const own = lines.filter(({ from }) => from === 'own').map(({ record }) => record)
  const requestIDs = own.map(({ requestID }) => String(requestID))
  expect(missing(load.requestIDs, requestIDs), `${where}: calls not in the journal`).toEqual([])
  expect(repeated(requestIDs), `${where}: calls twice in the journal`).toEqual([])
  expect(missing(load.eventIDs, eventIDs(lines)), `${where}: bulk not in the journal`).toEqual([])

  const succeeded = own.filter(({ errorCode }) => errorCode === undefined)
  const made = (name: string) => succeeded.filter(({ eventName }) => eventName === name)
  const userRecords = made('CreateUser').map(({ requestParameters }) => requestParameters.userName)
  const keyRecords = made('CreateAccessKey').map((r) => r.responseElements.accessKey.accessKeyId)
  expect(userRecords.sort(), `${where}: users and their records`).toEqual(users.sort())
  expect(keyRecords.sort(), `${where}: keys and their records`).toEqual(keys.sort())

  const fsck = spawnSync(launcher, ['fsck', '--data', server.data], { encoding: 'utf8' })
  expect(fsck.status, `${where}: fsck\n${fsck.stdout}${fsck.stderr}`).toBe(0)
}

function eventIDs(lines: readonly JournalLine[]): string[] {
  return lines.map(({ record }) => String(record['eventID']))
}

function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const there = new Set(found)
  return wanted.filter((one) => !there.has(one))
}

function repeated(found: readonly string[]): string[] {
  const seen = new Set<string>()
  return found.filter((one) => seen.has(one) || !seen.add(one))
}
