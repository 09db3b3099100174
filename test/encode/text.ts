import type { Shape, TimestampFormat } from '../../src/gen/model.ts'

/** A scalar as text, outside JSON and CBOR. The format is the place's own, where the shape has none. */
export function scalarText(value: unknown, shape: Shape, format: TimestampFormat): string {
  if (value instanceof Date) {
    const own = 'timestampFormat' in shape ? shape.timestampFormat : undefined
    return timeText(value, own ?? format)
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value)
}

/** https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait */
export function timeText(time: Date, format: TimestampFormat): string {
  if (format === 'unixTimestamp') return String(time.getTime() / 1000)
  return format === 'rfc822' ? time.toUTCString() : time.toISOString()
}
