import { hash } from 'node:crypto'

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
/** Records lie in the list of the one object that a log file is. */
const recordDepth = 3
/** Of a record that spans chunks; a larger one is counted and not compared. */
const heldBytesMax = 4 * 1024 * 1024
/** Records compared of one file: more than any of CloudTrail's 50 MB holds. Those after them are counted. */
const comparedMax = 100_000

/**
 * Finds the records of a log file in its content, chunk by chunk, and takes the hash of the bytes of
 * each, its eventID and all else. Parses no more than where a record begins and ends.
 */
export class RecordScanner {
  /** The first 64 bits of each record's SHA-256, as two numbers of 32 bits. */
  readonly fingerprints: number[] = []
  records = 0
  #depth = 0
  #inString = false
  #escaped = false
  #held: Uint8Array[] = []
  #heldBytes = 0

  update(chunk: Uint8Array): void {
    let depth = this.#depth
    let inString = this.#inString
    let start = depth >= recordDepth ? 0 : -1
    let i = 0
    if (this.#escaped && chunk.length > 0) i = 1
    this.#escaped = false
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (inString) {
        if (byte === quote) inString = false
        else if (byte === backslash) i += 1
      } else if (byte === quote) {
        inString = true
      } else if (byte === openBrace || byte === openBracket) {
        depth += 1
        if (depth === recordDepth && byte === openBrace) start = i
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1
        if (depth === recordDepth - 1 && start >= 0) {
          this.#record(chunk.subarray(start, i + 1))
          start = -1
        }
      }
    }
    this.#escaped = i > chunk.length
    this.#depth = depth
    this.#inString = inString
    if (start >= 0) this.#hold(chunk.subarray(start))
  }

  #record(end: Uint8Array): void {
    this.records += 1
    const whole = this.#held.length > 0 ? Buffer.concat([...this.#held, end]) : end
    const compared = this.#heldBytes <= heldBytesMax && this.records <= comparedMax
    this.#held = []
    this.#heldBytes = 0
    if (!compared) return
    const digest = hash('sha256', whole, 'buffer')
    this.fingerprints.push(digest.readUInt32LE(0), digest.readUInt32LE(4))
  }

  #hold(part: Uint8Array): void {
    this.#heldBytes += part.length
    if (this.#heldBytes <= heldBytesMax) this.#held.push(Uint8Array.from(part))
    else this.#held = []
  }
}
