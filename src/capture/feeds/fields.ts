import { limits } from '../../limits.ts'
import { hiddenMark, isSecretName } from '../../record/redact.ts'
import { Refusal } from './adapter.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A text that is not empty; a number counts as one. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The object's members; none where it is no object. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {}
}

/** What a table has for a name that came from outside, such as `constructor`. */
export function listed(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined
}

/** Milliseconds since the epoch. Throws Refusal where it cannot be read. */
export function time(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(zoned(value)) : Number.NaN
  return checkedTime(at)
}

/** The same, of milliseconds. */
export function checkedTime(at: number): number {
  // Times that a record could not say in four digits of a year are none.
  if (at >= 0 && at < 253_402_300_800_000) return at
  throw new Refusal('no time that can be read')
}

/** `2026-11-21 04:44:23.123456Z` and the same without a zone, which is then UTC. */
function zoned(value: string): string {
  const iso = value.replace(/^(\d{4}-\d\d-\d\d) /, '$1T').replace(/(\.\d{3})\d+/, '$1')
  return /T[\d:.]+$/.test(iso) ? `${iso}Z` : iso
}

/** The member's text. Throws Refusal where there is none. */
export function required(value: unknown, name: string): string {
  const found = text(value)
  if (found === undefined) throw new Refusal(`no ${name}`)
  return found
}

/** Whether a value is nested deeper than records may be. */
export function isTooDeep(value: unknown, depth = 1): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth > limits.nestingMax - 4) return true
  return Object.values(value).some((one) => isTooDeep(one, depth + 1))
}

/** Parameters of addresses that could be used again. */
const secretParameters = new RegExp(
  '([?&;](?:x-amz-(?:signature|credential)|signature|awsaccesskeyid|sig|[a-z_-]{0,40}token|password|' +
    'api_?key|secret)=)[^&#\\s"]*',
  'gi',
)

/** What a value looks like that is a keyed hash already, as Vault writes secrets. */
const hashed = /^hmac-sha256:/

/** The value with secrets replaced, by the names of members and in addresses. */
export function redacted(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(secretParameters, `$1${hiddenMark}`)
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      isHidden(name, one) ? hiddenMark : redacted(one),
    ]),
  )
}

/** Names that other systems give to secrets, besides those of AWS. */
const secretNames = /(^|[._-]|[a-z])tokens?$|^x-amz-(signature|credential)$/i

function isHidden(name: string, value: unknown): boolean {
  if (!secretNames.test(name) && !isSecretName(name.replace(/[.-]/g, '_'))) return false
  if (value === null || value === '' || typeof value === 'boolean') return false
  return typeof value !== 'string' || !hashed.test(value)
}
