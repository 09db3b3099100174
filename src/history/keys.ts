import { type AttributeName, attributeNames, type EventAttributes, type Scope } from './query.ts'

/** Stands for the one value of an attribute that every event of a scope must have in the index. */
const absent = ''

/**
 * The integers under which an event is found: one for each value of each attribute within its scope.
 * 48 bits instead of the text keep the index small and its entries equally long; two texts may share
 * a key, so whoever looks up reads the record and compares.
 */
export function keysOf(event: EventAttributes): number[] {
  const seed = scopeSeed(event.scope)
  const keys: number[] = []
  attributeNames.forEach((name, kind) => {
    for (const value of event.values[name] ?? (name === 'readOnly' ? [absent] : [])) {
      const key = hash(value, seed, kind)
      if (!keys.includes(key)) keys.push(key)
    }
  })
  return keys
}

/** The key of one value, for a search. */
export function keyOf(scope: Scope, name: AttributeName, value: string): number {
  return hash(value, scopeSeed(scope), attributeNames.indexOf(name))
}

/**
 * The keys that together hold every event of a scope once: each is either read-only, or not, or does
 * not say. So "all events" needs no entries of its own.
 */
export function keysOfAll(scope: Scope): number[] {
  return ['true', 'false', absent].map((value) => keyOf(scope, 'readOnly', value))
}

function scopeSeed({ accountId, region, category }: Scope): number {
  return hash(`${accountId} ${region} ${category}`, 0, 0)
}

/** 48 bits of a text; not cryptographic, see `keysOf`. Two lanes of FNV-1a, mixed at the end. */
function hash(text: string, seed: number, kind: number): number {
  let a = (0x811c9dc5 ^ seed ^ Math.imul(kind, 0x9e3779b1)) | 0
  let b = (0x27d4eb2f ^ (seed / 0x10000) ^ kind) | 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x5bd1e995)
  }
  a = Math.imul(a ^ (a >>> 16) ^ (b >>> 7), 0x85ebca6b)
  b = Math.imul(b ^ (b >>> 15) ^ (a >>> 13), 0xc2b2ae35)
  return ((b ^ (b >>> 16)) & 0xffff) * 0x100000000 + ((a ^ (a >>> 13)) >>> 0)
}
