import { type AuditOptions, checkedOptions, type FullOptions } from './audit-options.ts'
import { Complaints } from './complaints.ts'
import { AuditError, type AuditErrorCode } from './errors.ts'
import { type AuditEvent, eventLine } from './event.ts'
import { MemoryOutbox, type Outbox } from './outbox.ts'
import { type Ports, systemPorts } from './ports.ts'
import { feedPost } from './post.ts'
import { Queue } from './queue.ts'
import { type RequestContext, RequestScope } from './request-context.ts'
import { Sender } from './sender.ts'
import { Spool } from './spool.ts'
import { SpoolOutbox } from './spool-outbox.ts'

/** Events since the audit was made. */
export type AuditCounts = Readonly<{
  /** Durable, as `record` promised. */
  kept: number
  /** Taken by the server, also those of earlier processes. */
  sent: number
  /** Not kept, refused or damaged, and posts that failed. */
  problems: Readonly<Partial<Record<AuditErrorCode, number>>>
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
  /** Resolves when all events are on the server; rejects with AuditError where that fails now. */
  flush(): Promise<void>
  /** Takes no more, and tries once to send what is left; what is not sent stays in the spool. */
  close(): Promise<void>
  counts(): AuditCounts
}

/** Begins to send what earlier processes left in the spool. Throws TypeError for an option that cannot be. */
export function createAudit(options: AuditOptions, ports: Partial<Ports> = {}): Audit {
  return new SendingAudit(checkedOptions(options), { ...systemPorts, ...ports })
}

/** How long requests are refused after the disk took nothing, in milliseconds. */
const momentMs = 1_000

class SendingAudit implements Audit {
  readonly #options: FullOptions
  readonly #ports: Ports
  readonly #complaints: Complaints
  readonly #scope = new RequestScope()
  readonly #queue: Queue
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #stop = new AbortController()
  #kept = 0
  /** Bytes of the last event that found no room. */
  #lackingBytes = 0
  #spoolFailedAt = Number.NEGATIVE_INFINITY
  #closed: Promise<void> | undefined

  constructor(options: FullOptions, ports: Ports) {
    const { delayMs, queueEventsMax: events, queueBytesMax: bytes } = options
    const { clock } = ports
    this.#options = options
    this.#ports = ports
    this.#complaints = new Complaints(clock, options.onError)
    const onFailure = (error: AuditError) => this.#complaints.tell(error)
    this.#queue = new Queue({ events, bytes })
    this.#outbox = this.#makeOutbox(options.spool, onFailure)
    const post = feedPost(options, ports, this.#stop.signal)
    this.#sender = new Sender({ outbox: this.#outbox, post, clock, delayMs, onFailure })
    if (options.spool) this.#sender.send().catch(() => undefined)
    process.once('beforeExit', this.#onIdle)
    process.once('exit', this.#onExit)
  }

  record(event: AuditEvent): Promise<void> {
    const kept = this.#take(event)
    kept.then(
      () => {
        this.#kept += 1
      },
      // Whoever does not wait for it must not be ended by it.
      (error: AuditError) => this.#complaints.tell(error),
    )
    return kept
  }

  run<T>(context: RequestContext, task: () => T): T {
    return this.#scope.run(context, task)
  }

  admit(): void {
    if (this.#options.mode !== 'reject') return
    if (this.#ports.clock.now() - this.#spoolFailedAt < momentMs) {
      throw new AuditError('SpoolFailed', 'the spool took no events a moment ago')
    }
    this.#checkRoom(this.#lackingBytes)
    this.#lackingBytes = 0
  }

  async flush(): Promise<void> {
    await this.#outbox.written()
    // What is under way may have begun before the last were written.
    await this.#sender.ended()
    await this.#sender.send()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  counts(): AuditCounts {
    const { counts } = this.#complaints
    return { kept: this.#kept, sent: this.#sender.sent, problems: { ...counts } }
  }

  /** An application that ends by itself has nothing left to do but this. */
  readonly #onIdle = () => void this.close()

  /** Nothing can be waited for any more. */
  readonly #onExit = () => {
    const count = this.#queue.length
    if (count === 0) return
    this.#complaints.tell(
      new AuditError('Closed', 'the process ended before they were kept', { count }),
    )
    this.#complaints.tellRest()
  }

  #makeOutbox(spool: FullOptions['spool'], onProblem: (error: AuditError) => void): Outbox {
    const onReady = (events: number) => this.#sender.soon(events)
    if (!spool) return new MemoryOutbox(this.#queue, onReady)
    const { folder, bytesMax, refusedBytesMax } = spool
    const files = new Spool({ folder, refusedBytesMax, ports: this.#ports, onProblem })
    return new SpoolOutbox(this.#queue, files, bytesMax, onReady)
  }

  async #take(event: AuditEvent): Promise<void> {
    const made = { id: this.#ports.ids.uuid(), time: this.#ports.clock.now() }
    const line = eventLine({ ...this.#scope.current(), ...event }, this.#options, made)
    this.#checkRoom(line.length)
    await this.#outbox.add(line).catch((error: AuditError) => {
      if (error.code === 'SpoolFailed') this.#spoolFailedAt = this.#ports.clock.now()
      throw error
    })
  }

  #checkRoom(bytes: number): void {
    if (this.#closed) throw new AuditError('Closed', 'the audit is closed')
    try {
      this.#outbox.checkRoom(bytes)
    } catch (error) {
      this.#lackingBytes = bytes
      throw error
    }
  }

  async #close(): Promise<void> {
    process.off('beforeExit', this.#onIdle)
    const late = new AuditError('NotSent', 'the audit is closed')
    const cancel = this.#ports.clock.after(this.#options.timeoutMs, () => this.#stop.abort(late))
    await this.flush().catch(() => undefined)
    cancel()
    this.#sender.stop()
    await this.#outbox.close()
    process.off('exit', this.#onExit)
    this.#complaints.tellRest()
  }
}
