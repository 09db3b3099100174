import { createHmac, hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type LogKind, logFileKey } from '../digest/names.ts'
import type { Trail } from '../trails/contract.ts'
import type { Placement } from './placement.ts'

/** A log file, ready to be put. */
export type LogFile = Readonly<{
  key: string
  region: string
  /** As it is stored: gzipped. */
  body: Buffer
  /** Of the content before gzip, lower-case hex. */
  sha256: string
  newestEventTime: number
  oldestEventTime: number
}>

/** What makes the keys of one batch unlike those of every other. */
export type BatchName = Readonly<{
  secret: string
  trailId: string
  /** First and last sequence number. */
  from: number
  to: number
  attempt: number
}>

type Group = {
  region: string
  kind: LogKind
  window: number
  records: Buffer[]
  newest: number
  oldest: number
}

const windowMs = 5 * 60_000
const opening = Buffer.from('{"Records":[')
const comma = Buffer.from(',')
const closing = Buffer.from(']}')
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const uniqueLength = 16

/**
 * The log files of one batch of one trail: one for each Region, kind and 5 minutes of event time, named for
 * the end of those. AWS's have the same names (`core.md` 3.1) and reach back a few minutes further, as they
 * are cut by arrival; here a late event is in the folder of its day. Records keep their bytes and their
 * order.
 */
export class LogFiles {
  readonly #groups = new Map<string, Group>()

  get count(): number {
    return this.#groups.size
  }

  /** Takes a copy, as the record's bytes may be a small part of much that was read. */
  add({ region, kind, time }: Placement, record: Buffer): void {
    const window = Math.ceil(time / windowMs) * windowMs
    const id = `${region} ${kind} ${window}`
    const group = this.#groups.get(id) ?? {
      region,
      kind,
      window,
      records: [],
      newest: time,
      oldest: time,
    }
    this.#groups.set(id, group)
    group.records.push(Buffer.from(record))
    group.newest = Math.max(group.newest, time)
    group.oldest = Math.min(group.oldest, time)
  }

  /** The same records of the same batch give the same keys and the same bytes. */
  finish({ accountId, prefix }: Pick<Trail, 'accountId' | 'prefix'>, batch: BatchName): LogFile[] {
    return [...this.#groups.values()].map(({ region, kind, window, records, newest, oldest }) => {
      const unique = uniquePart(batch, [accountId, region, kind, window])
      const content = contentOf(records)
      return {
        key: logFileKey({ prefix, accountId, region, kind, time: window, unique }),
        region,
        body: gzipSync(content),
        sha256: hash('sha256', content, 'hex'),
        newestEventTime: newest,
        oldestEventTime: oldest,
      }
    })
  }
}

function contentOf(records: readonly Buffer[]): Buffer {
  const joined = records.flatMap((record, i) => (i > 0 ? [comma, record] : [record]))
  return Buffer.concat([opening, ...joined, closing])
}

/** Keyed, so that nobody who sees a bucket learns from names how much its owner's journal holds. */
function uniquePart({ secret, ...batch }: BatchName, file: readonly unknown[]): string {
  const { trailId, from, to, attempt } = batch
  const name = JSON.stringify([trailId, from, to, attempt, ...file])
  let number = BigInt(`0x${createHmac('sha256', secret).update(name).digest('hex')}`)
  let unique = ''
  for (let i = 0; i < uniqueLength; i++) {
    unique += letters[Number(number % 62n)]
    number /= 62n
  }
  return unique
}
