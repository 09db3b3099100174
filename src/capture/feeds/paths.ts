import type { FieldMap } from './adapter.ts'

/** Where a value lies in a JSON value: names of members and places in lists. */
export type Path = readonly (string | number)[]

const step = /\.?([A-Za-z_$@][\w$@-]*)|\[(\d{1,6})\]|\["([^"]{1,200})"\]/y
const pathsMax = 32

/** Reads `actor.name`, `changes[0].id` or `attributes["user.id"]`. Throws an Error for what is no path. */
export function parsePath(written: string): Path {
  const path: (string | number)[] = []
  step.lastIndex = 0
  while (step.lastIndex < written.length) {
    const match = step.exec(written)
    if (!match || (path.length === 0 && match[0].startsWith('.')) || path.length >= pathsMax) {
      throw new Error(`not a path such as a.b[0]["c.d"]: ${written.slice(0, 200)}`)
    }
    path.push(match[2] === undefined ? (match[1] ?? match[3])! : Number(match[2]))
  }
  if (path.length === 0) throw new Error('an empty path')
  return path
}

/** The value there; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string | number, unknown>)[name]
  }
  return at
}

/** Paths by a record's field, or the fixed text that `=text` stands for. */
export type CompiledMap = Readonly<Record<string, Readonly<{ path: Path } | { fixed: string }>>>

/** Throws an Error that names the field whose path cannot be read. */
export function compileMap(map: FieldMap): CompiledMap {
  return Object.fromEntries(
    Object.entries(map).map(([field, written]) => {
      try {
        return [
          field,
          written.startsWith('=') ? { fixed: written.slice(1) } : { path: parsePath(written) },
        ]
      } catch (error) {
        throw new Error(`${field}: ${(error as Error).message}`)
      }
    }),
  )
}

/** The value that a map finds for a field. */
export function mapped(map: CompiledMap, field: string, value: unknown): unknown {
  const one = Object.hasOwn(map, field) ? map[field] : undefined
  if (!one) return undefined
  return 'fixed' in one ? one.fixed : valueAt(value, one.path)
}
