import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce } from '../../../test/at-once.ts'
import { FormError } from '../record-splitter.ts'
import type { FeedContext } from './adapter.ts'
import { adapters } from './adapters.ts'

const context: FeedContext = {
  feed: 'a',
  accountId: '111122223333',
  region: 'eu-west-1',
  eventSource: 'app.example.internal',
  map: { eventTime: 'time', eventName: 'type', requestParameters: 'request', items: 'items' },
  isWhole: true,
  itemBytesMax: 50_000,
  itemsMax: 100,
}

/** Members that some adapter looks for, so that values come where they are read. */
const names = (
  'api name time requestID requestPath requestQuery requestHeader responseHeader statusCode bucket object ' +
  'operation uri http_status trans_id user Operation Time Key RequestURI auditID stage verb objectRef resource ' +
  'responseStatus code sourceIPs items kind type request response auth id path data client_token resourceLogs ' +
  'scopeLogs logRecords attributes key value stringValue kvlistValue values arrayValue body timeUnixNano __proto__'
).split(' ')
const texts = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    '2026-11-21T04:44:23Z',
    '21/Nov/2026:04:44:23 +0000',
    'ResponseComplete',
    'EventList',
    'request',
    'response',
    '%E0%A4%A',
    'REST..',
    'hvs.x',
    '\ud800',
    '"',
  ),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    texts,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('value')), { maxLength: 8 })
      .map((members) => Object.fromEntries(members)),
  ),
}))
const line = fc
  .array(fc.oneof(texts, fc.constantFrom('-', '200', '0', '[x', '"a b"', '"')), { maxLength: 40 })
  .map((words) => words.join(' '))
const body = fc.oneof(
  value.map((one) => Buffer.from(JSON.stringify(one))),
  fc
    .array(
      fc.oneof(
        value.map((one) => JSON.stringify(one)),
        line,
      ),
      { maxLength: 5 },
    )
    .map((all) => Buffer.from(all.join('\n'))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)

test.each(Object.entries(adapters))(
  '%s: whatever comes makes whole records or refusals, the same when it comes again',
  (_, adapter) => {
    fc.assert(
      fc.property(body, fc.boolean(), (bytes, isWhole) => {
        const read = () => {
          try {
            return atOnce(adapter(bytes, { ...context, isWhole }))
          } catch (error) {
            if (error instanceof FormError) return undefined
            throw error
          }
        }
        const parsed = read()
        if (!parsed) return
        expect(parsed.used).toBeLessThanOrEqual(bytes.length)
        if (isWhole && bytes.length > 0) expect(parsed.used).toBe(bytes.length)
        for (const record of parsed.records) {
          expect(record.length).toBeLessThanOrEqual(context.itemBytesMax)
          expect(record.includes(0x0a)).toBe(false)
          const made = JSON.parse(record.toString())
          expect(made).toMatchObject({ eventID: expect.any(String), eventTime: expect.any(String) })
          expect(Date.parse(made.eventTime)).not.toBeNaN()
        }
        expect(read()).toEqual(parsed)
      }),
      { numRuns: 400 },
    )
  },
)

test.each(Object.entries(adapters))(
  '%s: pieces of a stream make what all of it makes',
  (_, adapter) => {
    const lines = fc.array(
      fc.oneof(
        value.map((one) => JSON.stringify(one)),
        line,
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(lines, fc.nat(), (all, at) => {
        const bytes = Buffer.from(`${all.join('\n')}\n`)
        const streamed = { ...context, isWhole: false }
        const cut = at % bytes.length
        const first = atOnce(adapter(bytes.subarray(0, cut), streamed))
        const second = atOnce(adapter(bytes.subarray(first.used), streamed))
        const whole = atOnce(adapter(bytes, streamed))
        const ids = (...parts: Array<{ records: readonly Buffer[] }>) =>
          new Set(
            parts.flatMap(({ records }) =>
              records.map((one) => JSON.parse(one.toString()).eventID),
            ),
          )
        expect(ids(first, second)).toEqual(ids(whole))
      }),
      { numRuns: 200 },
    )
  },
)
