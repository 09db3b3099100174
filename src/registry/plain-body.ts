import { gunzipSync } from 'node:zlib'
import { limits } from '../limits.ts'
import type { KeptBody } from './contract.ts'

/** What was kept of a body, inflated where its sender deflated it; undefined where that cannot be done. */
export function plainBody(
  body: KeptBody,
  contentEncoding: string | undefined,
): KeptBody | undefined {
  if (!/^(x-)?gzip$/i.test(contentEncoding?.trim() ?? '')) return body
  if (!body.isWhole) return undefined
  try {
    return {
      bytes: gunzipSync(body.bytes, { maxOutputLength: limits.capturedBodyBytesMax }),
      isWhole: true,
    }
  } catch {
    return undefined
  }
}

/** Whether a value that came from outside is small enough to be walked over: few values, not too deep. */
export function isModest(value: unknown): boolean {
  return valuesLeft(value, limits.capturedValuesMax, 0) >= 0
}

/** How many more values there may be after this one; below 0 where it is too much. */
function valuesLeft(value: unknown, left: number, depth: number): number {
  if (depth > limits.nestingMax) return -1
  let rest = left - 1
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return rest
  for (const one of Array.isArray(value) ? value : Object.values(value)) {
    if (rest < 0) break
    rest = valuesLeft(one, rest, depth + 1)
  }
  return rest
}

export type Members = Readonly<Record<string, unknown>>

/** The value where it is an object that is small enough; else undefined. */
export function modestMembers(value: unknown): Members | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && isModest(value) ? (value as Members) : undefined
}

/** What the reader gives; undefined where it throws, as parsers of what others sent do. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
