import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Entry } from './contract.ts'
import { checksum } from './line.ts'

/**
 * The first 64 bits of the record's SHA-256, the second half of them mixed with the CRC-32 of where it
 * comes from, as eight characters, one a byte. A record is hashed as it lies: a copy with its source
 * before it would cost as much again.
 */
export function fingerprint({ from, record }: Entry): string {
  const digest = hash('sha256', record, 'binary')
  const low = word(digest, 4) ^ crc32(from)
  const bytes = [low >>> 24, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff]
  return digest.slice(0, 4) + String.fromCharCode(...bytes)
}

const slotsMin = 2 ** 12

/**
 * The newest fingerprints, up to a window: a ring in the order of arrival, and a hash table of places
 * in it (open addressing, linear probing, at most half full, twice as large whenever it is). Two flat arrays,
 * because a million strings in a Set take 80 MB and these take 16.
 */
export class Seen {
  readonly #window: number
  /** Two words a fingerprint. */
  readonly #ring: Uint32Array
  /** Place in the ring and one; 0 is free. */
  #table = new Uint32Array(slotsMin)
  /** How many were ever added; the next place is this modulo the window. */
  #added = 0

  constructor(window: number) {
    this.#window = window
    this.#ring = new Uint32Array(2 * window)
  }

  get size(): number {
    return Math.min(this.#added, this.#window)
  }

  has(id: string): boolean {
    return this.#table[this.#find(word(id, 0), word(id, 4))] !== 0
  }

  /** Remembers a fingerprint, and forgets the oldest when the window is full. */
  add(id: string): void {
    this.#add(word(id, 0), word(id, 4))
  }

  /** Adds what `newest` gave. */
  addAll(words: Uint32Array): void {
    for (let i = 0; i < words.length; i += 2) this.#add(words[i]!, words[i + 1]!)
  }

  /** How many were added so far: the difference of two readings is what `newest` is asked for. */
  get added(): number {
    return this.#added
  }

  /** The words of the last `count` fingerprints, oldest first; fewer where they were forgotten. */
  newest(count: number): Uint32Array {
    const kept = Math.min(count, this.size)
    const words = new Uint32Array(2 * kept)
    for (let i = 0; i < kept; i++) {
      const place = (this.#added - kept + i) % this.#window
      words[2 * i] = this.#ring[2 * place]!
      words[2 * i + 1] = this.#ring[2 * place + 1]!
    }
    return words
  }

  #add(high: number, low: number): void {
    if (this.#table[this.#find(high, low)] !== 0) return
    const place = this.#added % this.#window
    if (this.#added >= this.#window) this.#forget(place)
    this.#ring[2 * place] = high
    this.#ring[2 * place + 1] = low
    this.#table[this.#find(high, low)] = place + 1
    this.#added++
    if (2 * this.size > this.#table.length) this.#grow()
  }

  #grow(): void {
    this.#table = new Uint32Array(2 * this.#table.length)
    for (let place = 0; place < this.size; place++) {
      const slot = this.#find(this.#ring[2 * place]!, this.#ring[2 * place + 1]!)
      this.#table[slot] = place + 1
    }
  }

  get #mask(): number {
    return this.#table.length - 1
  }

  /** The slot that holds the fingerprint, or the free one where it belongs. */
  #find(high: number, low: number): number {
    let slot = low & this.#mask
    for (;;) {
      const place = this.#table[slot]! - 1
      if (place < 0) return slot
      if (this.#ring[2 * place] === high && this.#ring[2 * place + 1] === low) return slot
      slot = (slot + 1) & this.#mask
    }
  }

  /** Frees a slot, moving up what the gap would hide. */
  #forget(place: number): void {
    let gap = this.#find(this.#ring[2 * place]!, this.#ring[2 * place + 1]!)
    for (let slot = (gap + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const other = this.#table[slot]! - 1
      if (other < 0) break
      const home = this.#ring[2 * other + 1]! & this.#mask
      const reachable = ((slot - home) & this.#mask) >= ((slot - gap) & this.#mask)
      if (!reachable) continue
      this.#table[gap] = other + 1
      gap = slot
    }
    this.#table[gap] = 0
  }
}

const magic = Buffer.from('CTIDS001')

/** The file of a segment's fingerprints: a mark, the CRC-32 of the rest, eight bytes for each. */
export function encodeIds(words: Uint32Array): Buffer {
  const body = Buffer.alloc(words.length * 4)
  words.forEach((value, i) => {
    body.writeUInt32BE(value, 4 * i)
  })
  return Buffer.concat([magic, Buffer.from(checksum(body)), body])
}

/** Undefined when the bytes are not as `encodeIds` made them. */
export function decodeIds(bytes: Buffer): Uint32Array | undefined {
  const body = bytes.subarray(16)
  if (!bytes.subarray(0, 8).equals(magic) || body.length % 8 !== 0) return undefined
  if (bytes.toString('latin1', 8, 16) !== checksum(body)) return undefined
  const words = new Uint32Array(body.length / 4)
  for (let i = 0; i < words.length; i++) words[i] = body.readUInt32BE(4 * i)
  return words
}

function word(id: string, at: number): number {
  const high = (id.charCodeAt(at) << 8) | id.charCodeAt(at + 1)
  return ((high << 16) | (id.charCodeAt(at + 2) << 8) | id.charCodeAt(at + 3)) >>> 0
}
