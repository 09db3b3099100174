/** CloudTrail's bounds on a record's fields (`core.md` 1.2): texts are cut, objects left out. */
const textBytesMax = 1024
const objectBytesMax = 100 * 1024

/** A text cut to what a record may hold. */
export function clipped(text: string | undefined): string | undefined {
  if (text === undefined || Buffer.byteLength(text) <= textBytesMax) return text
  // A character cut in two at the end is dropped.
  return Buffer.from(text)
    .subarray(0, textBytesMax)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
}

/** An object, or null when it is larger than a record may hold. */
export function bounded(value: unknown): unknown {
  if (value === null || value === undefined || room(value, objectBytesMax) >= 0) return value
  return Buffer.byteLength(JSON.stringify(value)) > objectBytesMax ? null : value
}

/**
 * What is certainly left of so many bytes for the JSON of a value, counted by its worst case; below 0 when
 * that cannot be told. Nearly every object is small, and this takes a quarter of making its JSON.
 */
function room(value: unknown, bytes: number): number {
  if (typeof value === 'string') return bytes - 6 * value.length - 2
  if (typeof value !== 'object' || value === null) return bytes - 32
  if ('toJSON' in value) return -1
  let left = bytes - 2
  for (const [name, one] of Object.entries(value)) {
    left = room(one, left - 6 * name.length - 4)
    if (left < 0) return left
  }
  return left
}
