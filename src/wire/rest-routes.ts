import type { ServiceModel } from '../gen/model.ts'
import { parseForm } from './form.ts'

/** Where each operation of a REST service is found, the most particular first. */
export type RestRoutes = readonly RestRoute[]

type RestRoute = Readonly<{
  operation: string
  method: string
  segments: readonly Segment[]
  /** The last segment takes what is left of the path, slashes included. */
  isGreedy: boolean
  /** Query keys that must be there, and their values where the model gives one. */
  literalQuery: ReadonlyArray<readonly [key: string, value: string | undefined]>
  /** Query keys that the input requires: they tell operations apart that share a path, as UploadPart's do. */
  requiredQuery: readonly string[]
}>

type Segment = Readonly<{ literal: string }> | Readonly<{ label: string }>

/** A matched operation. `literals` counts the parts of path and query that had to be as the model has them. */
export type RestMatch = Readonly<{
  operation: string
  labels: Readonly<Record<string, string>>
  literals: number
}>

/** The routes of a service; empty for one that is not REST. */
export function restRoutes({ operations, shapes }: ServiceModel): RestRoutes {
  const routes = Object.entries(operations).flatMap(([operation, { http, input }]) => {
    if (!http) return []
    const [path = '', query = ''] = http.uri.split('?')
    const shape = input === undefined ? undefined : shapes[input]
    const required = shape?.type === 'structure' ? shape : undefined
    return {
      operation,
      method: http.method,
      segments: path.slice(1).split('/').map(segmentOf),
      isGreedy: path.endsWith('+}'),
      literalQuery: query.split('&').filter(Boolean).map(literalOf),
      requiredQuery: (required?.required ?? []).flatMap((name) => {
        const { location, locationName } = required!.members[name]!
        return location === 'querystring' ? [locationName ?? name] : []
      }),
    }
  })
  return routes.sort((a, b) => weight(b) - weight(a))
}

function segmentOf(text: string): Segment {
  const label = /^\{(.+?)\+?\}$/.exec(text)?.[1]
  return label === undefined ? { literal: text } : { label }
}

function literalOf(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** Literal parts of the path count most, then the length of the path, then what the query must have. */
function weight({ segments, isGreedy, literalQuery, requiredQuery }: RestRoute): number {
  const path = segments.length * 10 - (isGreedy ? 1 : 0)
  return (
    literalSegments(segments) * 1_000 + path * 10 + literalQuery.length * 2 + requiredQuery.length
  )
}

function literalSegments(segments: readonly Segment[]): number {
  return segments.filter((segment) => 'literal' in segment && segment.literal !== '').length
}

/** The most particular operation of this method, path and query, all raw; undefined when there is none. */
export function matchRoute(
  routes: RestRoutes,
  method: string,
  path: string,
  query: string,
): RestMatch | undefined {
  if (routes.length === 0 || !path.startsWith('/')) return undefined
  const segments = path.slice(1).split('/')
  const keys = new Map(safeQuery(query))
  for (const route of routes) {
    const { operation, literalQuery, requiredQuery } = route
    if (route.method !== method) continue
    const labels = matchPath(route, segments)
    if (!labels) continue
    const hasLiterals = literalQuery.every(([key, value]) => {
      return value === undefined ? keys.has(key) : keys.get(key) === value
    })
    if (!hasLiterals || !requiredQuery.every((key) => keys.has(key))) continue
    return { operation, labels, literals: literalSegments(route.segments) + literalQuery.length }
  }
  return undefined
}

/** A query that cannot be read has no keys here; parsing it refuses it. */
function safeQuery(query: string): ReadonlyArray<readonly [string, string]> {
  try {
    return parseForm(query)
  } catch {
    return []
  }
}

function matchPath(
  { segments, isGreedy }: RestRoute,
  given: readonly string[],
): Record<string, string> | undefined {
  const trailing = given.length === segments.length + 1 && given.at(-1) === ''
  if (!isGreedy && given.length !== segments.length && !trailing) return undefined
  if (given.length < segments.length) return undefined
  const labels: Record<string, string> = {}
  for (const [i, segment] of segments.entries()) {
    const rest = isGreedy && i === segments.length - 1
    const text = rest ? given.slice(i).join('/') : given[i]!
    if ('literal' in segment) {
      if (segment.literal !== text) return undefined
      continue
    }
    const value = decodeLabel(text)
    if (value === undefined || value === '') return undefined
    labels[segment.label] = value
  }
  return labels
}

/** Undefined for a bad escape. */
function decodeLabel(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
