import { hash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type LogKind, logFileKey } from '../digest/names.ts'
import { lookupAttributes } from '../record/attributes.ts'

/** Bytes of one log file before gzip (AWS: 50 MB), and of all files that are still open. */
export type Bounds = Readonly<{ fileBytesMax: number; openBytesMax: number }>

export const awsBounds: Bounds = { fileBytesMax: 50_000_000, openBytesMax: 64_000_000 }

type Place = Readonly<{ accountId: string; region: string; kind: LogKind; time: number }>
type OpenFile = { place: Place; records: string[]; bytes: number }

const compress = promisify(gzip)
const windowMs = 5 * 60_000
/** `{"Records":[` and `]}`. */
const frameBytes = 14
const latestTime = Date.UTC(9999, 11, 31)
const kinds: Readonly<Record<string, LogKind>> = {
  Insight: 'CloudTrail-Insight',
  NetworkActivity: 'CloudTrail-NetworkActivity',
  Aggregated: 'CloudTrail-Aggregated',
}
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const uniqueLength = 16

/**
 * Records as CloudTrail's own log files, below `folder` in its own layout: `AWSLogs/<account>/…`. One file
 * holds one account, Region, kind and 5 minutes of event time; more than one are made where it would grow
 * too large, or where so many are open that memory would not stay flat. Records keep their bytes and their
 * order. The same records in the same order give the same names and the same bytes.
 */
export class LogFileFolder {
  readonly #folder: string
  readonly #bounds: Bounds
  readonly #open = new Map<string, OpenFile>()
  #openBytes = 0
  files = 0
  /** As they are on the disk, gzipped. */
  bytes = 0

  constructor(folder: string, bounds = awsBounds) {
    this.#folder = folder
    this.#bounds = bounds
  }

  async add(record: string): Promise<void> {
    const { fileBytesMax, openBytesMax } = this.#bounds
    const place = placeOf(record)
    const id = JSON.stringify(Object.values(place))
    const bytes = Buffer.byteLength(record) + 1
    const full = this.#open.get(id)
    if (full && frameBytes + full.bytes + bytes > fileBytesMax) await this.#close(id, full)
    const file = this.#open.get(id) ?? { place, records: [], bytes: 0 }
    this.#open.set(id, file)
    file.records.push(record)
    file.bytes += bytes
    this.#openBytes += bytes
    if (this.#openBytes > openBytesMax) await this.#makeRoom()
  }

  /** Writes what is still open. */
  async finish(): Promise<void> {
    for (const [id, file] of this.#open) await this.#close(id, file)
  }

  /** The largest first, and half of all, so that small files are seldom cut in two. */
  async #makeRoom(): Promise<void> {
    const largest = [...this.#open].sort(([, one], [, other]) => other.bytes - one.bytes)
    for (const [id, file] of largest) {
      if (this.#openBytes <= this.#bounds.openBytesMax / 2) return
      await this.#close(id, file)
    }
  }

  async #close(id: string, { place, records, bytes }: OpenFile): Promise<void> {
    this.#open.delete(id)
    this.#openBytes -= bytes
    const content = `{"Records":[${records.join(',')}]}`
    const key = logFileKey({ prefix: '', ...place, unique: uniquePart(content) })
    const path = join(this.#folder, key)
    const body = await compress(content)
    await mkdir(dirname(path), { recursive: true })
    // The very same records twice have the same name: one file would hide the other.
    await writeFile(path, body, { flag: 'wx', flush: true }).catch(async (error) => {
      if (error.code !== 'EEXIST') throw error
      const again = { prefix: '', ...place, unique: uniquePart(`${this.files} ${content}`) }
      await writeFile(join(this.#folder, logFileKey(again)), body, { flag: 'wx', flush: true })
    })
    this.files += 1
    this.bytes += body.length
  }
}

/**
 * Where a record belongs. What a path must not hold, whoever wrote it into a record, is replaced: an account
 * that is none by zeros, a Region by `unknown`, a time by 1970.
 */
function placeOf(record: string): Place {
  const found = lookupAttributes(JSON.parse(record))
  const { accountId, region, category, eventTime } = found
  const time = eventTime >= 0 && eventTime < latestTime ? eventTime : 0
  return {
    accountId: /^\d{12}$/.test(accountId) ? accountId : '000000000000',
    region: /^[a-z0-9-]{1,32}$/.test(region) ? region : 'unknown',
    kind: (Object.hasOwn(kinds, category) && kinds[category]) || 'CloudTrail',
    time: Math.ceil(time / windowMs) * windowMs,
  }
}

/** 16 letters and digits that the content gives. */
function uniquePart(content: string): string {
  let number = BigInt(`0x${hash('sha256', content, 'hex')}`)
  let unique = ''
  for (let i = 0; i < uniqueLength; i++) {
    unique += letters[Number(number % 62n)]
    number /= 62n
  }
  return unique
}
