import type { AuditError } from '../src/middleware/errors.ts'
import { type Audit, type AuditOptions, createAudit } from '../src/middleware/exports.ts'
import { SimulatedFiles } from './faults/simulated-files.ts'
import { ManualClock } from './manual-clock.ts'

/** A server's answer; `undefined` takes all, an error is no answer. */
type Answer = Readonly<{ status: number; body: string }> | Error | undefined

/** A feed, a disk and a clock in memory, and the audits of one machine. */
export class MiddlewareWorld {
  readonly clock = new ManualClock(1_763_700_000_000)
  files = new SimulatedFiles()
  /** By event id, as the server keeps them. */
  readonly taken = new Map<string, any>()
  readonly posts: Array<{ url: string; ids: string[]; headers: Record<string, string> }> = []
  /** What the listener heard, as `code: message (count)`. */
  readonly heard: string[] = []
  /** What the server says to a post. */
  answer: (records: readonly any[]) => Answer = () => undefined
  /** Why it refuses one record. */
  refuse: (record: any) => string | undefined = () => undefined
  #ids = 0

  audit(options: Partial<AuditOptions> = {}, files = this.files): Audit {
    const onError = ({ code, message, count }: AuditError) => {
      this.heard.push(`${code}: ${message} (${count})`)
    }
    const origin = {
      source: 'shop.example.internal',
      accountId: '111122223333',
      region: 'eu-west-1',
    }
    const endpoint = 'http://trail/ingest/apps'
    const id = () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`
    return createAudit(
      { endpoint, token: 't', ...origin, onError, ...options },
      { clock: this.clock, files, ids: { uuid: id }, fetch: this.#fetch },
    )
  }

  /** Names of the events that the server has. */
  names(): string[] {
    return [...this.taken.values()].map(({ eventData }) => eventData.eventName)
  }

  data(): any[] {
    return [...this.taken.values()].map(({ eventData }) => eventData)
  }

  readonly #fetch = async (input: any, init: any): Promise<Response> => {
    init.signal.throwIfAborted()
    const text = Buffer.from(init.body).toString()
    const records = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    this.posts.push({
      url: input,
      ids: records.map(({ eventID }) => eventID),
      headers: init.headers,
    })
    const answer = this.answer(records)
    if (answer instanceof Error) throw answer
    if (answer) return new Response(answer.body, { status: answer.status })
    const outcome = { accepted: 0, duplicates: 0, refused: 0, refusals: [] as object[] }
    for (const [index, record] of records.entries()) {
      const reason = this.refuse(record)
      if (reason !== undefined) {
        outcome.refused++
        outcome.refusals.push({ index, reason })
      } else if (this.taken.has(record.eventID)) outcome.duplicates++
      else {
        outcome.accepted++
        this.taken.set(record.eventID, record)
      }
    }
    return new Response(JSON.stringify(outcome))
  }
}
