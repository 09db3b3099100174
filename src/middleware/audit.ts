import { randomUUID } from 'node:crypto'
import { batchBytesMax, batchEnd, batchEventsMax } from './batch.ts'
import { AuditError } from './errors.ts'
import { type AuditEvent, type EventOrigin, eventLine } from './event.ts'
import { type PostOptions, post } from './post.ts'
import { type RequestContext, RequestScope } from './request-context.ts'
import { Spool, type SpoolFile } from './spool.ts'

/** Where events go and how many may wait on the way. */
export type AuditOptions = EventOrigin &
  Omit<PostOptions, 'timeoutMs'> &
  Readonly<{
    /** Keeps events on disk until the server has them. Without it they wait in memory. */
    spool?: Readonly<{ folder: string; bytesMax?: number }>
    /** Most events that wait to become durable. Default: 10,000. */
    queueEventsMax?: number
    /** Most bytes of them. Default: 16 MiB. */
    queueBytesMax?: number
    /** How long events may wait for others to be posted with. Default: 1,000. */
    delayMs?: number
    /** How long the server may take for one post. Default: 10,000. */
    timeoutMs?: number
    /** `reject` refuses a request before its handler runs while events cannot be kept. Default: `pass`. */
    mode?: 'pass' | 'reject'
    /** Hears of every event that is not kept, and of every post that fails. */
    onError?: (error: AuditError) => void
    /** Milliseconds since the epoch. */
    now?: () => number
  }>

/** Takes an application's events and brings each to the server once. */
export interface Audit {
  /**
   * Resolves when the event is durable: in the spool, or on the server where there is no spool. Rejects with
   * an AuditError where it is not kept; never throws, and need not be waited for.
   */
  record(event: AuditEvent): Promise<void>
  /** Runs the task with what its events have in common. */
  run<T>(context: RequestContext, task: () => T): T
  /** In mode `reject`, throws AuditError while an event could not be kept. */
  admit(): void
  /** Resolves when all events are on the server; rejects with AuditError NotSent where it takes none now. */
  flush(): Promise<void>
  /** Takes no more, and tries once to send what is left; what is not sent stays in the spool. */
  close(): Promise<void>
}

/** Throws AuditError SpoolInUse, or what the file system says of the spool's folder. */
export function createAudit(options: AuditOptions): Audit {
  return new SendingAudit(options)
}

type Pending = Readonly<{ line: Buffer; keep: () => void; lose: (error: AuditError) => void }>

const firstPauseMs = 100
const longestPauseMs = 30_000

class SendingAudit implements Audit {
  readonly #options
  readonly #scope = new RequestScope()
  readonly #spool: Spool | undefined
  readonly #queue: Pending[] = []
  #queueBytes = 0
  #writing: Promise<void> | undefined
  #sending: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = 0
  #unsent = 0
  #spoolFailedAt = Number.NEGATIVE_INFINITY
  #closed: Promise<void> | undefined

  constructor(options: AuditOptions) {
    this.#options = {
      queueEventsMax: 10_000,
      queueBytesMax: 16 * 1024 * 1024,
      delayMs: 1_000,
      timeoutMs: 10_000,
      mode: 'pass',
      onError: () => undefined,
      now: Date.now,
      ...options,
    }
    this.#spool = options.spool && new Spool(options.spool.folder)
    if (this.#spool && this.#spool.bytes > 0) this.#later(0)
  }

  record(event: AuditEvent): Promise<void> {
    const kept = this.#take(event)
    // Whoever does not wait for it must not be ended by it.
    kept.catch((error) => this.#tell(error))
    return kept
  }

  run<T>(context: RequestContext, task: () => T): T {
    return this.#scope.run(context, task)
  }

  admit(): void {
    if (this.#options.mode !== 'reject') return
    if (this.#options.now() - this.#spoolFailedAt < this.#options.delayMs) {
      throw new AuditError('SpoolFailed', 'the spool took no events a moment ago')
    }
    this.#checkRoom(0)
  }

  async flush(): Promise<void> {
    await this.#writing
    await this.#sending?.catch(() => undefined)
    await this.#send()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.flush().catch(() => undefined)
    clearTimeout(this.#timer)
    for (const { lose } of this.#forget(this.#queue.length)) {
      lose(new AuditError('Closed', 'closed before the server took the event'))
    }
    await this.#spool?.close()
  }

  async #take(event: AuditEvent): Promise<void> {
    const id = randomUUID()
    const full = { ...this.#scope.current(), ...event }
    const line = eventLine(full, this.#options, { id, time: this.#options.now() })
    if (line.length > batchBytesMax) {
      throw new AuditError('RecordTooLarge', `an event of ${line.length} bytes is too large`)
    }
    this.#checkRoom(line.length)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#queue.push({ line, keep: resolve, lose: reject })
    this.#queueBytes += line.length
    if (this.#spool) this.#writing ??= this.#write(this.#spool)
    else this.#soon(1)
    await promise
  }

  #checkRoom(bytes: number): void {
    const { spool, queueEventsMax, queueBytesMax } = this.#options
    if (this.#closed) throw new AuditError('Closed', 'the audit is closed')
    if (this.#queue.length >= queueEventsMax || this.#queueBytes + bytes > queueBytesMax) {
      throw new AuditError('QueueFull', `${this.#queue.length} events wait already`)
    }
    const spoolBytesMax = spool?.bytesMax ?? 256 * 1024 * 1024
    if (this.#spool && this.#spool.bytes + this.#queueBytes + bytes >= spoolBytesMax) {
      throw new AuditError('SpoolFull', `the spool has ${this.#spool.bytes} bytes already`)
    }
  }

  /** All that wait become durable at once, while others gather. */
  async #write(spool: Spool): Promise<void> {
    while (this.#queue.length > 0) {
      const taken = this.#queue.slice(0, batchEventsMax)
      const failure = await spool.append(taken.map(({ line }) => line)).then(
        () => undefined,
        (error) => new AuditError('SpoolFailed', String(error), { cause: error }),
      )
      if (failure) this.#spoolFailedAt = this.#options.now()
      for (const { keep, lose } of this.#forget(taken.length)) failure ? lose(failure) : keep()
      if (!failure) this.#soon(taken.length)
    }
    this.#writing = undefined
  }

  #forget(count: number): Pending[] {
    const forgotten = this.#queue.splice(0, count)
    for (const { line } of forgotten) this.#queueBytes -= line.length
    return forgotten
  }

  #soon(events: number): void {
    this.#unsent += events
    if (this.#pauseMs > 0 || this.#sending) return
    if (this.#unsent >= batchEventsMax) this.#later(0)
    else if (!this.#timer) this.#later(this.#options.delayMs)
  }

  #later(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#send().catch(() => undefined), ms)
    this.#timer.unref()
  }

  /** Sends all there is; when that fails it is tried again, ever more slowly. */
  #send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending ??= this.#sendAll()
      .then(
        () => {
          this.#pauseMs = 0
        },
        (error) => {
          this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), longestPauseMs)
          this.#tell(error)
          throw error
        },
      )
      .finally(() => {
        this.#sending = undefined
        if (this.#pauseMs > 0 && !this.#closed) this.#later(this.#pauseMs)
        else if (this.#unsent > 0 && !this.#closed) this.#later(this.#options.delayMs)
      })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#unsent = 0
    if (!this.#spool) {
      while (this.#queue.length > 0) await this.#sendQueue()
      return
    }
    for (let file = await this.#spool.oldest(); file; file = await this.#spool.oldest()) {
      await this.#sendFile(file)
      await this.#spool.remove(file)
    }
  }

  async #sendQueue(): Promise<void> {
    const lines = this.#queue.slice(0, batchEventsMax).map(({ line }) => line)
    const end = batchEnd(lines, 0)
    const refused = new Map(await this.#post(lines.slice(0, end)))
    for (const [index, { keep, lose }] of this.#forget(end).entries()) {
      const refusal = refused.get(index)
      refusal ? lose(refusal) : keep()
    }
  }

  async #sendFile({ lines }: SpoolFile): Promise<void> {
    for (let from = 0; from < lines.length; ) {
      const end = batchEnd(lines, from)
      for (const [, refusal] of await this.#post(lines.slice(from, end))) this.#tell(refusal)
      from = end
    }
  }

  async #post(lines: readonly Buffer[]): Promise<[number, AuditError][]> {
    const refusals = await post(lines, this.#options)
    return refusals.map(({ index, reason }) => [index, new AuditError('Refused', reason)])
  }

  #tell(error: unknown): void {
    const told =
      error instanceof AuditError
        ? error
        : new AuditError('NotSent', String(error), { cause: error })
    try {
      this.#options.onError(told)
    } catch {
      // Whoever listens must not end what it listens to.
    }
  }
}
