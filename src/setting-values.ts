// What the values of settings may be. Each function takes what stands in the file, a variable or a flag, and
// throws an Error that says what was expected.

/** Where something listens. */
export type Address = Readonly<{ host: string; port: number }>

/** A text or a number as text; throws where it is empty or anything else. */
export function text(value: unknown): string {
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') {
    throw new Error('expected a text that is not empty')
  }
  return String(value)
}

/** A text of the form `pattern`; else an error that says what was `expected`. */
export function matching(pattern: RegExp, expected: string): (value: unknown) => string {
  return (value) => {
    if (pattern.test(String(value))) return String(value)
    // An address may hold a password.
    const found = JSON.stringify(value)?.replace(/\/\/[^/]*@/, '//…@') ?? 'nothing'
    throw new Error(
      `expected ${expected}, found ${found}` +
        (typeof value === 'number' ? ' (put it in quotes, so that YAML keeps its zeros)' : ''),
    )
  }
}

/** `127.0.0.1:4600`, `[::1]:4600` */
export function hostAndPort(value: unknown): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(String(value))
  const port = Number(match?.[3])
  if (!match || port > 65535) {
    const found = JSON.stringify(value) ?? 'nothing'
    throw new Error(`expected host:port such as 127.0.0.1:4590, found ${found}`)
  }
  return { host: (match[1] ?? match[2])!, port }
}

/** A list, or words between spaces or commas. */
export function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return String(value)
    .split(/[\s,]+/)
    .filter((word) => word !== '')
}

/** `true` or `false`, also as text. */
export function bool(value: unknown): boolean {
  if (/^(true|false)$/.test(String(value))) return String(value) === 'true'
  throw new Error(`expected true or false, found ${JSON.stringify(value)}`)
}

/** A number that is not negative, also as text. */
export function number(value: unknown): number {
  const parsed = Number(value)
  if (String(value).trim() !== '' && Number.isFinite(parsed) && parsed >= 0) return parsed
  throw new Error(`expected a number that is not negative, found ${JSON.stringify(value)}`)
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3600_000,
  d: 86_400_000,
}

/** `2s`, `1h`, `500ms` in milliseconds. */
export function duration(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(value))
  const ms = match ? Number(match[1]) * unitMs[match[2]!]! : 0
  if (ms >= 100) return ms
  throw new Error(
    `expected a time of at least 100ms such as 2s, 5m or 1h, found ${JSON.stringify(value)}`,
  )
}

/** A table of the file; else an error with the text `expected`. */
export function objectOf(value: unknown, expected: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new Error(expected)
}
