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
  return value !== null &&
    value !== undefined &&
    Buffer.byteLength(JSON.stringify(value)) > objectBytesMax
    ? null
    : value
}
