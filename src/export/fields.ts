/** A parsed record, or an object in one. Nothing in it is sure to have the type that AWS gives it. */
export type Fields = Readonly<Record<string, unknown>>

/** A text that is not empty; undefined for everything else. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An object; an empty one for everything else. */
export function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {}
}

/** Objects of a list; none for everything else. */
export function objects(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(object) : []
}

/** OCSF's texts have a bound; a longer one is cut. */
export const textMax = 65_535

/** The same, within the bound. */
export function shortText(value: unknown): string | undefined {
  return text(value)?.slice(0, textMax)
}

/** The members of a record; those of what another system did (`eventData`) are laid beside them. */
export function membersOf(record: string): Fields {
  const members = object(JSON.parse(record))
  if (members['eventCategory'] !== 'ActivityAuditLog') return members
  return { ...object(members['eventData']), ...members }
}
