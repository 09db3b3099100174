/** A value as JSON can hold it, frozen, and the number of the write that made it. */
export type Document = Readonly<{ value: unknown; version: number }>

type Kind = Readonly<{ byKey: Map<string, Document>; keys: string[] }>

/**
 * All documents in memory. Each write gets a version that no document ever had, so that equal
 * versions mean an unchanged document, also when it was deleted and made again in between.
 */
export class Documents {
  readonly #kinds = new Map<string, Kind>()
  #version = 0

  get(kind: string, key: string): Document | undefined {
    return this.#kinds.get(kind)?.byKey.get(key)
  }

  /** In byte order of their keys. */
  list(kind: string, prefix: string): Array<readonly [key: string, document: Document]> {
    const found: Array<readonly [string, Document]> = []
    const { byKey, keys } = this.#kinds.get(kind) ?? { byKey: new Map(), keys: [] }
    for (let i = position(keys, prefix); keys[i]?.startsWith(prefix); i++) {
      found.push([keys[i]!, byKey.get(keys[i]!)!])
    }
    return found
  }

  /** Takes over the value, which nobody may change from now on; undefined deletes. */
  set(kind: string, key: string, value: unknown): void {
    const { byKey, keys } = this.#kinds.get(kind) ?? this.#add(kind)
    const known = byKey.has(key)
    if (value === undefined) {
      if (known) keys.splice(position(keys, key), 1)
      byKey.delete(key)
      return
    }
    if (!known) keys.splice(position(keys, key), 0, key)
    byKey.set(key, { value, version: ++this.#version })
  }

  #add(kind: string): Kind {
    const added = { byKey: new Map<string, Document>(), keys: [] }
    this.#kinds.set(kind, added)
    return added
  }
}

/** The index of the first key that is not before `key`. */
function position(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Orders as the bytes of UTF-8 do: by code points, where JavaScript compares halves of them. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Halves of code points from U+10000 on come after U+E000 to U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** The value of a JSON text, frozen all through. */
export function parseFrozen(text: string): unknown {
  return freeze(JSON.parse(text))
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
