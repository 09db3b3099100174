import {
  dayFolder,
  folderKey,
  type LogKind,
  logKinds,
  type Place,
  parseLogFileKey,
} from './names.ts'
import type { ListedKey, Source } from './source.ts'

/** A file is delivered from 5 minutes before the time in its name to 20 minutes after it. */
export const deliveredBefore = 5 * 60_000
export const deliveredAfter = 20 * 60_000

/** A log file that no digest has listed so far, and the time in its name. */
export type Unlisted = ListedKey & Readonly<{ time: number; kind: LogKind }>

type Cursor = {
  readonly kind: LogKind
  readonly keys: AsyncIterator<ListedKey>
  next: Unlisted | undefined
}

/**
 * Compares the log files that lie in one account and Region with those that digests list. Both come in
 * the order of time, so only files not yet matched are held: those of a late digest, and those that
 * should not be there.
 */
export class Coverage {
  /** The newest time in the name of a log file that was read. */
  newest = Number.NEGATIVE_INFINITY
  readonly #place: Place
  readonly #source: Source
  readonly #from: number
  readonly #heldMax: number
  #cursors: Cursor[] | undefined
  #readUntil = Number.NEGATIVE_INFINITY
  /** Lie there, not yet listed. */
  readonly #found = new Map<string, Unlisted>()
  readonly #listedKinds = new Set<LogKind>()
  /** Listed, not yet come to. */
  readonly #expected = new Set<string>()

  constructor(
    source: Source,
    place: Place,
    options: Readonly<{ from: number | undefined; heldMax: number }>,
  ) {
    this.#source = source
    this.#place = place
    this.#from = options.from ?? Number.NEGATIVE_INFINITY
    this.#heldMax = options.heldMax
  }

  /** Reads on up to files named for `until`. Returns those given up as unlisted, to stay within memory. */
  async readTo(until: number): Promise<Unlisted[]> {
    this.#cursors ??= await this.#open()
    for (const cursor of this.#cursors) {
      for (; cursor.next && cursor.next.time <= until; cursor.next = await this.#read(cursor)) {
        const { key, time } = cursor.next
        this.newest = Math.max(this.newest, time)
        if (!this.#expected.delete(key)) this.#found.set(key, cursor.next)
      }
    }
    this.#readUntil = Math.max(this.#readUntil, until)
    const givenUp: Unlisted[] = []
    for (const file of this.#found.values()) {
      if (this.#found.size <= this.#heldMax) break
      this.#found.delete(file.key)
      givenUp.push(file)
    }
    return givenUp
  }

  /** Takes note that a digest lists the file. */
  list(key: string): void {
    const name = parseLogFileKey(key)
    if (name) this.#listedKinds.add(name.kind)
    if (this.#found.delete(key)) return
    const ahead = name !== undefined && name.time > this.#readUntil
    const isHere = ahead && key.startsWith(folderKey(this.#place, name.kind))
    // Digests that list more files of a time to come were made up.
    if (isHere && this.#expected.size < this.#heldMax) this.#expected.add(key)
  }

  /**
   * Whether digests list files of this kind. Nobody says whether AWS lists Insights and network
   * activity; where it does not, they are not somebody else's.
   */
  isListed(kind: LogKind): boolean {
    return kind === 'CloudTrail' || this.#listedKinds.has(kind)
  }

  /** Files named for the time up to `until` that no digest has listed. */
  *unlisted(until: number): Generator<Unlisted> {
    for (const file of this.#found.values()) if (file.time <= until) yield file
  }

  async #open(): Promise<Cursor[]> {
    const after = Number.isFinite(this.#from) ? dayFolder(this.#from) : ''
    return Promise.all(
      logKinds.map(async (kind) => {
        const folder = folderKey(this.#place, kind)
        const keys = this.#source.list(folder, folder + after)[Symbol.asyncIterator]()
        const cursor: Cursor = { kind, keys, next: undefined }
        cursor.next = await this.#read(cursor)
        return cursor
      }),
    )
  }

  /** The next file; a name that says no time is taken for its neighbour's. */
  async #read({ kind, keys, next }: Cursor): Promise<Unlisted | undefined> {
    for (;;) {
      const { done, value: listed } = await keys.next()
      if (done) return undefined
      const { key } = listed
      const time = parseLogFileKey(key)?.time ?? next?.time ?? this.#from
      if (!key.endsWith('/') && time >= this.#from) return { ...listed, time, kind }
    }
  }
}
