// History as its contract has it, the slow and obvious way: for tests of what stands on it.
import { readAttributes } from '../src/history/attributes.ts'
import type { History } from '../src/history/history.ts'
import { type FoundEvent, matches } from '../src/history/query.ts'

export type MemoryHistory = Pick<
  History,
  'lookup' | 'follow' | 'arrival' | 'durable' | 'advance'
> & { add(...events: readonly object[]): void }

/** A history that has what `add` is given, at once. */
export function memoryHistory(): MemoryHistory {
  const all: FoundEvent[] = []
  const arrivals = new Set<() => void>()
  return {
    get durable() {
      return all.length
    },
    advance: () => {},
    add(...events) {
      for (const event of events) {
        // All come in so late that any time they state is believed.
        const at = Number.MAX_SAFE_INTEGER
        const record = JSON.stringify(event)
        all.push({ seq: all.length + 1, record, attributes: readAttributes(record, at)! })
      }
      for (const arrived of [...arrivals]) arrived()
    },
    async lookup({ filter, range, before, eventsMax }) {
      const found = all
        .filter(({ attributes }) => matches(attributes, filter, range))
        .sort((a, b) => b.attributes.time - a.attributes.time || b.seq - a.seq)
        .filter(({ seq, attributes: { time } }) => {
          return !before || time < before.time || (time === before.time && seq < before.seq)
        })
      const events = found.slice(0, eventsMax)
      const last = events.at(-1)
      const more = found.length > events.length && last
      const next = more ? { time: last.attributes.time, seq: last.seq } : undefined
      return { events, next, unreadable: 0 }
    },
    async follow({ filter, range, after, to = all.length, eventsMax }) {
      const end = Math.min(to, all.length)
      const rest = all.slice(after, end)
      const events = rest.filter(({ attributes }) => matches(attributes, filter, range))
      const page = events.slice(0, eventsMax)
      const seen = page.length < events.length ? page.at(-1)!.seq : Math.max(after, end)
      return { events: page, after: seen, atEnd: seen >= end, unreadable: 0 }
    },
    arrival(seq, signal) {
      return new Promise((resolve) => {
        const check = () => {
          if (all.length <= seq && !signal.aborted) return
          arrivals.delete(check)
          resolve(all.length > seq)
        }
        arrivals.add(check)
        signal.addEventListener('abort', check)
        check()
      })
    },
  }
}
